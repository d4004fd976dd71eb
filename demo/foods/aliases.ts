/**
 * Other words for a food: what other countries call it, and what people say in a kitchen. A food whose name has all of `for` is also found
 * under `say`.
 */
export interface Alias {
  readonly say: string
  readonly for: readonly string[]
}

const alias = (say: string, ...names: readonly string[]): readonly Alias[] =>
  names.map((name) => ({ say, for: name.split(' ') }))

export const ALIASES: readonly Alias[] = [
  alias('aubergine', 'eggplant'),
  alias('beetroot', 'beets'),
  alias('bell', 'peppers sweet'),
  alias('berry', 'strawberries', 'blueberries', 'raspberries', 'blackberries'),
  alias('besan', 'chickpea flour'),
  alias('blackeyed', 'cowpeas blackeyes'),
  alias('burger', 'hamburger', 'cheeseburger', 'veggie patties'),
  alias('capsicum', 'peppers sweet'),
  alias('catsup', 'ketchup'),
  alias('chilli', 'chili', 'chile'),
  alias('cilantro', 'coriander'),
  alias('coke', 'cola carbonated'),
  alias('courgette', 'zucchini'),
  alias('crisps', 'potato chips', 'tortilla chips'),
  alias('decaf', 'decaffeinated'),
  alias('donut', 'doughnuts'),
  alias('filet', 'fillet'),
  alias('fries', 'french fried'),
  alias('gammon', 'ham'),
  alias('garbanzo', 'chickpeas'),
  alias('grilled', 'broiled'),
  alias('groundnuts', 'peanuts'),
  alias('hamburger', 'beef ground'),
  alias('hotchocolate', 'cocoa mix'),
  alias('hotdog', 'frankfurter'),
  alias('jam', 'jams'),
  alias('jelly', 'gelatin desserts'),
  alias('ketchup', 'catsup'),
  // There is none in the table: what is in the cup beside two calories of coffee.
  alias('latte', 'milk whole milkfat', 'milk reduced milkfat', 'milk nonfat fluid', 'silk coffee'),
  alias('mayo', 'mayonnaise'),
  alias('meat', 'beef ground', 'chicken breast', 'pork chop', 'turkey breast'),
  alias('melon', 'watermelon'),
  alias('mince', 'beef ground', 'pork ground', 'lamb ground', 'turkey ground'),
  alias('minced', 'beef ground', 'pork ground', 'lamb ground', 'turkey ground'),
  alias('mocha', 'coffee cocoa'),
  alias('oatmeal', 'oats cereals'),
  alias('nutella', 'hazelnut spread'),
  alias('omelette', 'omelet'),
  alias('pasta', 'spaghetti', 'macaroni', 'noodles egg'),
  alias('pepsi', 'cola carbonated'),
  alias('pop', 'cola carbonated'),
  alias('porridge', 'oats cereals', 'oatmeal'),
  alias('prawn', 'shrimp'),
  alias('rocket', 'arugula'),
  alias('scallions', 'onions spring'),
  alias('seafood', 'salmon', 'tuna', 'shrimp', 'cod', 'crab', 'lobster'),
  alias('semiskimmed', 'milk reduced fat fluid'),
  alias('skimmed', 'milk nonfat fluid'),
  alias('soda', 'carbonated'),
  alias('soya', 'soy', 'soymilk', 'soybeans'),
  alias('swede', 'rutabagas'),
  alias('sweetcorn', 'corn sweet'),
  alias('vegetable', 'soybean oil salad', 'canola oil'),
  alias('whey', 'protein supplement'),
  alias('whisky', 'whiskey'),
  alias('wholemeal', 'whole wheat', 'whole grain'),
  alias('wrap', 'tortillas'),
  alias('yoghurt', 'yogurt'),
  alias('yoghourt', 'yogurt'),
].flat()
