/**
 * Foods that people log most, by the table's own numbers: they lead where several foods answer a query equally well. A line holds foods of
 * one kind, the most likely first.
 */
const LINES: readonly string[] = [
  // Eggs: raw, hard-boiled, fried, scrambled, poached, omelet, white
  '01123 01129 01128 01132 01131 01130 01124',
  // Milk: whole, 2%, 1%, skimmed, chocolate, buttermilk; soymilk
  '01077 01079 01082 01085 01102 01088 16139',
  // Cheese: cheddar, mozzarella, Swiss, American, cream, cottage, parmesan, feta, cottage 2%, brie, ricotta
  '01009 01028 01040 01042 01017 01012 01032 01019 01015 01006 01036',
  // Yogurt: plain whole, plain low fat, plain skimmed, fruit, vanilla
  '01116 01117 01118 01121 01119',
  // Cream: heavy, sour, half and half
  '01053 01056 01049',
  // Butter, margarine
  '01001 01145 04611',
  // Oil: olive, canola, soybean, coconut
  '04053 04582 04044 04047',
  // Chicken: breast, thigh, wing, drumstick, nuggets
  '05064 05062 05098 05096 05103 05073 05321',
  // Turkey: breast, deli slices, ground
  '05220 07081 05665 05667',
  // Beef: ground, sirloin, T-bone, rib eye, tenderloin
  '23572 23573 23567 23568 13930 13473 23195 13918 13929',
  // Pork: chops, tenderloin; ham and bacon; sausages
  '10064 10038 10061',
  '10124 10136 07029',
  '07064 07089 07945',
  // Lamb: chop, leg
  '17027 17014',
  // Fish: salmon, tuna, cod, tilapia, shrimp
  '15237 15236 15086',
  '15121 15126',
  '15016 15262 15015',
  '15151 15149',
  // Grains: rice, pasta, oats, others
  '20045 20037 20044 20036',
  '20121 20100 20110 20120',
  '08121 08120',
  '20137 20029 20081',
  // Cereals: corn flakes, Cheerios, granola
  '08020 08013 08037',
  // Bread: white, whole-wheat, wheat, rye, pita
  '18069 18075 18064 18060 18041',
  // Bakery: bagel, tortillas, croissant, muffins, pancakes, waffles, rolls
  '18001 18363 18364 18239 18258 18274 18290 18403 18342 18350',
  // Fruit
  '09003 09040 09200 09132 09316 09050 09302 09252 09236 09279 09176 09266 09148 09150 09037 09112 09070 09298 09421 09019',
  '09326 09181 09184',
  // Potatoes: baked, raw, mashed, sweet
  '11674 11352 11657 11508 11507',
  // Vegetables
  '11529 11205 11124 11090 11091 11457 11252 11251 11282 11215 11333 11821 11260 11168 11167 11305 11109 11135 11477 11143',
  '11053 11052 11012 11011 11233 11209 11080 11584',
  // Beans and soy: baked, black, kidney, pinto; chickpeas, lentils; hummus, tofu
  '16006 16015 16033 16043',
  '16057 16070 16158 16426',
  // Nuts: almonds, walnuts, peanuts, cashews, pistachios, pecans, mixed
  '12061 12155 16090 12086 12087 12151 12142 12137',
  // Seeds: sunflower, pumpkin, chia; peanut butter
  '12037 12014 12006 12036',
  '16098 16097',
  // Sauces: ketchup, mayonnaise, mustard, soy sauce, ranch, salsa, tomato, barbecue
  '11935 04025 02046 16123 04639 06164 11549 06150',
  // Sweet and salty: sugar, honey, jam, maple syrup, salt, pepper
  '19335 19334 19296 19297 19353 02047 02030',
  // Drinks: water, coffee, tea, cola, juice, lemonade, sports drink, cocoa
  '14411 14209 14355 14400 14416 14210 14293 14460 14194',
  '09209 09206 09016',
  '14003 14006 14096 14106 14051',
  // Sweets: ice cream, chocolate, cookies, brownie, cake, doughnuts, cheesecake, apple pie, M&M's
  '19095 19270 19120 19904 18159 18151 18096 18248 18249 18147 18301 19141',
  // Snacks: potato chips, tortilla chips, popcorn, pretzels, saltines, crackers, granola bars
  '19411 19056 19034 19047 18228 18229 19015 19020',
  // Meals: pizza, burgers, burrito, taco, fries, soups, salads, macaroni and cheese, chili, lasagna
  '21299 21302',
  '21107 21108 21089 21090 21061 21082 21138',
  '06419 06559',
  '11414 11159 22970 22904 22910 22916',
]

const STAPLE = 0.35
/** The first of a line gets all of it, the next a step less. */
const FIRST_IN_LINE = 0.25
const STEP = 0.05

/** What is added to the score of each. */
export const STAPLES: ReadonlyMap<string, number> = new Map(
  LINES.flatMap((line) => {
    const ids = line.split(' ')
    return ids.map((id, at): [string, number] => [id, STAPLE + Math.max(0, FIRST_IN_LINE - STEP * at)])
  }),
)
