/**
 * How the table's general words read beside a food. The table writes `Cheese, blue` where a person says blue cheese; but `Egg, white` is
 * egg white, and `Fish, salmon` just salmon. So each general word says how it goes with what follows.
 */
export type HeadRule =
  /** A drawer's label, not part of the food's name: `Fish, salmon, raw` is salmon. */
  | { readonly kind: 'label'; readonly note?: string }
  /** What follows goes before it: `Cheese, blue` is blue cheese. `only`: just these. */
  | { readonly kind: 'before'; readonly noun: string; readonly only?: ReadonlySet<string> }
  /** What follows goes after it: `Chicken, breast` is chicken breast. `skip`: what does not belong to the name, but maybe to the detail. */
  | {
      readonly kind: 'after'
      readonly noun: string
      readonly only: ReadonlySet<string>
      readonly skip: ReadonlyMap<string, 'detail' | 'nothing'>
    }

const label = (note?: string): HeadRule => (note === undefined ? { kind: 'label' } : { kind: 'label', note })
const before = (noun: string, ...only: readonly string[]): HeadRule =>
  only.length === 0 ? { kind: 'before', noun } : { kind: 'before', noun, only: new Set(only) }
const after = (noun: string, only: readonly string[], nothing: string[] = [], detail: string[] = []): HeadRule => ({
  kind: 'after',
  noun,
  only: new Set(only),
  skip: new Map([
    ...nothing.map((part) => [part, 'nothing'] as const),
    ...detail.map((part) => [part, 'detail'] as const),
  ]),
})

const POULTRY_CUTS = [
  'breast',
  'drumstick',
  'leg',
  'thigh',
  'wing',
  'neck',
  'back',
  'giblets',
  'liver',
  'heart',
  'gizzard',
]
const POULTRY_CUTS_MORE = [...POULTRY_CUTS, 'light meat', 'dark meat', 'nuggets', 'feet']
const MEAT_CUTS = ['brisket', 'chuck', 'flank', 'loin', 'rib', 'round', 'shank', 'short loin', 'shoulder', 'tenderloin']
const MEAT_CUTS_MORE = [...MEAT_CUTS, 'top sirloin', 'sirloin', 'leg', 'spareribs', 'backribs', 'belly', 'foreshank']
const ORGANS = [
  'brain',
  'heart',
  'kidneys',
  'liver',
  'lungs',
  'pancreas',
  'spleen',
  'suet',
  'thymus',
  'tongue',
  'tripe',
]
const MEAT = [...MEAT_CUTS_MORE, ...ORGANS]
const MEAT_SKIP = ['variety meats and by-products', 'fresh', 'domestic']

/** By general word, in lower case. A word that is not here stays as it is: title `Egg`, detail `whole, raw, fresh`. */
export const HEADS: ReadonlyMap<string, HeadRule> = new Map<string, HeadRule>([
  ['fish', label()],
  ['crustaceans', label()],
  ['mollusks', label()],
  ['nuts', label()],
  ['seeds', label()],
  ['spices', label()],
  ['game meat', label()],
  ['melons', label()],
  ['seaweed', label('seaweed')],
  ['candies', label('candy')],
  ['snacks', label()],
  ['snack', label()],
  ['desserts', label()],
  ['entrees', label()],
  ['leavening agents', label()],
  ['formulated bar', label()],
  ['alcoholic beverage', label()],
  ['carbonated beverage', label('carbonated drink')],
  ['beverage', label()],
  ['beverages', label()],
  ['energy drink', label('energy drink')],
  ['sports drink', label('sports drink')],
  ['campbell soup company', { kind: 'label' }],
  ['cereals', label()],
  ['cereals ready-to-eat', label('cereal')],
  ['cereals ready to eat', label('cereal')],
  ['cereal ready-to-eat', label('cereal')],
  ['toaster pastries', label('toaster pastry')],
  ['fast foods', label('fast food')],
  ['fast food', label('fast food')],
  ['restaurant', label('restaurant')],
  ['usda commodity', label('USDA commodity')],
  ['usda commodity food', label('USDA commodity')],

  ['cheese', before('cheese')],
  ['bread', before('bread')],
  ['oil', before('oil')],
  ['fish oil', before('oil')],
  ['soup', before('soup')],
  ['sauce', before('sauce')],
  ['gravy', before('gravy')],
  ['salad dressing', before('dressing')],
  ['pie', before('pie')],
  ['cake', before('cake')],
  ['cookies', before('cookies')],
  ['crackers', before('crackers')],
  ['muffins', before('muffins')],
  ['bagels', before('bagels', 'egg', 'cinnamon-raisin', 'oat bran')],
  ['croissants', before('croissants')],
  ['rolls', before('rolls', 'dinner', 'hamburger or hotdog', 'french', 'hard', 'pumpernickel')],
  ['sweet rolls', before('sweet rolls')],
  ['danish pastry', before('Danish pastry')],
  ['puddings', before('pudding')],
  ['pudding', before('pudding')],
  ['frostings', before('frosting')],
  ['toppings', before('topping', 'strawberry', 'pineapple', 'butterscotch or caramel')],
  ['ice creams', before('ice cream')],
  ['ice cream', before('ice cream')],
  ['frozen yogurts', before('frozen yogurt', 'vanilla', 'chocolate')],
  ['sherbet', before('sherbet')],
  ['marmalade', before('marmalade')],
  ['fruit butters', before('butter')],
  ['syrups', before('syrup', 'corn', 'maple', 'chocolate', 'malt', 'sorghum', 'grenadine')],
  ['sugars', before('sugar')],
  ['vinegar', before('vinegar')],
  ['salt', before('salt')],
  ['chocolate', before('chocolate')],
  [
    'milk',
    before('milk', 'whole', 'reduced fat', 'lowfat', 'nonfat', 'chocolate', 'goat', 'sheep', 'human', 'buttermilk'),
  ],
  ['yogurt', before('yogurt', 'plain', 'vanilla', 'fruit', 'fruit variety', 'chocolate', 'vanilla flavor')],
  ['sour cream', before('sour cream', 'reduced fat', 'light', 'fat free')],
  ['tea', before('tea', 'black', 'herb', 'green', 'hibiscus')],
  ['rice', before('rice', 'white', 'brown')],
  ['beans', before('beans')],
  ['noodles', before('noodles', 'egg', 'chinese', 'japanese')],
  ['spaghetti', before('spaghetti', 'whole-wheat', 'spinach')],
  ['macaroni', before('macaroni', 'whole-wheat', 'vegetable')],
  ['lettuce', before('lettuce')],
  ['mushrooms', before('mushrooms')],
  ['cabbage', before('cabbage', 'red', 'savoy', 'chinese', 'napa')],
  ['chard', before('chard')],
  ['cherries', before('cherries', 'sour', 'sweet')],
  ['corn', before('corn', 'sweet')],
  ['peas', before('peas', 'green', 'split', 'edible-podded')],
  ['peppers', before('peppers', 'sweet', 'hot chili', 'jalapeno', 'serrano', 'ancho', 'hungarian', 'pasilla', 'chili')],
  ['onions', before('onions', 'sweet', 'welsh', 'yellow', 'young green', 'spring or scallions')],
  ['potatoes', before('potatoes', 'russet', 'white', 'red', 'mashed', 'baked', 'boiled')],
  ['squash', before('squash', 'summer', 'winter')],
  ['radishes', before('radishes', 'oriental', 'white icicle')],
  ['tomatoes', before('tomatoes', 'green', 'orange', 'yellow')],
  ['vegetables', before('vegetables', 'mixed')],
  ['guavas', before('guavas', 'strawberry')],
  ['kiwifruit', before('kiwifruit', 'gold')],
  ['tofu', before('tofu', 'firm', 'soft', 'extra firm', 'fried', 'hard')],
  ['sausage', before('sausage')],
  ['smoked link sausage', before('smoked link sausage')],
  ['bologna', before('bologna', 'beef', 'pork', 'turkey', 'beef and pork')],
  ['egg rolls', before('egg rolls')],

  ['egg', after('Egg', ['white', 'yolk'])],
  ['chicken', after('Chicken', POULTRY_CUTS_MORE, ['broilers or fryers'], ['roasting', 'stewing'])],
  ['turkey', after('Turkey', POULTRY_CUTS_MORE, ['all classes'], ['fryer-roasters', 'young hen', 'young tom'])],
  ['duck', after('Duck', POULTRY_CUTS, ['domesticated'])],
  ['goose', after('Goose', POULTRY_CUTS, ['domesticated'])],
  ['beef', after('Beef', MEAT, MEAT_SKIP)],
  ['pork', after('Pork', MEAT, MEAT_SKIP)],
  ['veal', after('Veal', MEAT, MEAT_SKIP)],
  ['lamb', after('Lamb', MEAT, MEAT_SKIP)],
])

/** Words that make the noun needless: crackers are not called cracker cookies, nor ranch dressing ranch dressing dressing. */
export const SAYS_ALREADY: ReadonlyMap<string, readonly string[]> = new Map([
  ['bread', ['bread', 'pan dulce']],
  [
    'cookies',
    ['cookie', 'cracker', 'brownie', 'wafer', 'bar', 'gingersnap', 'macaroon', 'ladyfinger', 'marie biscuit'],
  ],
  ['crackers', ['cracker', 'crispbread', 'matzo', 'melba toast', 'rusk', 'saltine']],
  ['dressing', ['dressing', 'mayo', 'vinaigrette']],
  ['sauce', ['sauce', 'salsa', 'pesto', 'sofrito', 'mole']],
  ['soup', ['soup', 'bouillon', 'broth', 'chowder', 'consomme', 'gazpacho', 'gumbo', 'stew', 'stock']],
])

/** How a food is kept or made: never said before its name (`Apples, raw` stays apples). */
export const STATES: ReadonlySet<string> = new Set([
  'canned',
  'commercially prepared',
  'cooked',
  'dehydrated',
  'dried',
  'dry',
  'fluid',
  'fresh',
  'frozen',
  'low sodium',
  'low fat',
  'prepared from recipe',
  'raw',
  'ready-to-serve',
])
