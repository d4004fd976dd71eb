/** A name that follows no pattern. */
export interface SpecialName {
  /** Matches what comes after the general word and its comma; that is taken out of the detail line. */
  readonly begins: RegExp
  /** `$1` and `$2` are what the brackets of `begins` caught. */
  readonly title: string
  /** What of it the detail line keeps; `$1` here too. */
  readonly keep: string
}

/** The general word and the next part, both in lower case and without brackets; several of the latter; then the name. */
type Entry = readonly [head: string, next: readonly string[], name: SpecialName]

const special = (head: string, next: string, begins: RegExp, title: string, keep = ''): Entry => [
  head,
  next.split(' | '),
  { begins, title, keep },
]

const ENTRIES: readonly Entry[] = [
  special('alcoholic beverage', 'wine', /^wine, table, (red|white)\b/, '$1 wine'),
  special('alcoholic beverage', 'distilled', /^distilled, (gin|rum|vodka|whiskey)\b/, '$1'),
  special('beans', 'snap', /^snap, (green|yellow)(?: variety)?\b/, '$1 beans'),
  special('beef', 'ground', /^ground\b/, 'Ground beef'),
  special('beef', 'cured', /^cured, (corned beef|pastrami)\b/, '$1'),
  special('beef', 'grass-fed', /^grass-fed, ground\b/, 'Ground beef', 'grass-fed'),
  special('beef', 'short loin', /^short loin, (t-bone|porterhouse) steak\b/, 'Beef $1 steak'),
  special('beef', 'rib eye steak | rib eye roast', /^rib eye (steak|roast)\b/, 'Beef rib eye $1'),
  special('carbonated beverage', 'low calorie', /^low calorie, cola or pepper-type\b/, 'Diet cola'),
  special('carbonated beverage', 'low calorie', /^low calorie, other than cola or pepper\b/, 'Diet soda'),
  special('cheese', 'fresh', /^fresh, queso fresco\b/, 'Queso fresco'),
  special('cheese', 'low fat', /^low fat, cheddar or colby\b/, 'Cheddar or colby cheese', 'low fat'),
  special(
    'cheese',
    'pasteurized process',
    /^pasteurized process, (American|swiss|pimento)\b/,
    '$1 cheese',
    'pasteurized process',
  ),
  special('chicken', 'ground', /^ground\b/, 'Ground chicken'),
  special('chicken', 'broilers or fryers', /^broilers or fryers, dark meat, (thigh|drumstick)\b/, 'Chicken $1'),
  special('cream', 'fluid | half and half', /^(?:fluid, )?(half and half)\b/, '$1'),
  special('cream', 'fluid', /^fluid, (light whipping|heavy whipping|light)\b/, '$1 cream'),
  special('cream', 'sour | whipped', /^(sour|whipped)\b/, '$1 cream'),
  special('egg', 'whole', /^whole, cooked, (fried|hard-boiled|poached|scrambled)\b/, '$1 egg'),
  special('egg', 'whole', /^whole, cooked, omelet\b/, 'Omelet'),
  special('egg', 'duck | goose | quail | turkey', /^(duck|goose|quail|turkey), whole\b/, '$1 egg'),
  special('fast food', 'pizza chain', /^Pizza Chain, (14" pizza)/, 'Pizza', '$1, fast food'),
  special('fast foods', 'taco with beef | taco with chicken', /^taco(?= with)/, 'Taco', 'fast food'),
  special('lamb', 'ground', /^ground\b/, 'Ground lamb'),
  special('milk', 'canned', /^canned, (condensed|evaporated)\b/, '$1 milk', 'canned'),
  special('milk', 'dry', /^dry, (whole|nonfat)\b/, 'Dry $1 milk'),
  special('milk', 'fluid', /^fluid, nonfat\b/, 'Nonfat milk', 'fluid'),
  special('onions', 'spring or scallions', /^spring or scallions\b/, 'Spring onions', 'scallions'),
  special('pork', 'cured', /^cured, (bacon|canadian-style bacon|ham|salt pork)\b/, '$1', 'cured'),
  special('pork', 'fresh | ground', /^(?:fresh, )?ground\b/, 'Ground pork'),
  special('pork', 'fresh', /^fresh, loin, ([a-z ]+) \(chops\)/, 'Pork chop', '$1'),
  special('pork', 'fresh', /^fresh, loin, tenderloin\b/, 'Pork tenderloin'),
  special('potato', 'french fried in vegetable oil', /^french fried\b/, 'French fries'),
  special('potatoes', 'french fried', /^french fried\b/, 'French fries'),
  special('potatoes', 'frozen', /^frozen, french fried\b/, 'French fries', 'frozen'),
  special('potatoes', 'hashed brown', /^hashed brown\b/, 'Hash browns'),
  special(
    'restaurant',
    'latino | chinese | family style',
    /^(Latino|Chinese|family style), ([^,(]+)/,
    '$2',
    '$1 restaurant',
  ),
  special('sauce', 'homemade', /^homemade, white\b/, 'White sauce', 'homemade'),
  special('soup', 'stock', /^stock, (beef|chicken|fish)\b/, '$1 stock'),
  special('spices', 'pepper', /^pepper, (black|white)\b/, '$1 pepper'),
  special('spices', 'pepper', /^pepper, red or cayenne\b/, 'Cayenne pepper'),
  special('squash', 'summer', /^summer, zucchini\b/, 'Zucchini'),
  special('squash', 'winter', /^winter, (acorn|butternut|hubbard|spaghetti)\b/, '$1 squash'),
  special('syrups', 'table blends', /^table blends, pancake\b/, 'Pancake syrup'),
  special('toaster pastries', 'fruit | brown-sugar-cinnamon', /^(fruit|brown-sugar-cinnamon)\b/, '$1 toaster pastry'),
  special('tomato products', 'canned', /^canned, (paste|puree|sauce)\b/, 'Tomato $1', 'canned'),
  special('veal', 'ground', /^ground\b/, 'Ground veal'),
]

/** `CAMPBELL Soup Company` puts the line before the soup. */
const SOUP_COMPANY: readonly SpecialName[] = [{ begins: /^([A-Z0-9][^,]*), ([A-Z0-9][^,]*)/, title: '$2', keep: '$1' }]

const BY_BEGINNING: ReadonlyMap<string, readonly SpecialName[]> = groupByBeginning()

/** The patterns to try for a name, by its general word and next part, both in lower case and without brackets. */
export function specialNames(head: string, next: string): readonly SpecialName[] {
  return head === 'campbell soup company' ? SOUP_COMPANY : (BY_BEGINNING.get(`${head}, ${next}`) ?? [])
}

function groupByBeginning(): ReadonlyMap<string, readonly SpecialName[]> {
  const groups = new Map<string, SpecialName[]>()
  for (const [head, nexts, name] of ENTRIES) {
    for (const next of nexts) {
      const names = groups.get(`${head}, ${next}`)
      if (names === undefined) groups.set(`${head}, ${next}`, [name])
      else names.push(name)
    }
  }
  return groups
}
