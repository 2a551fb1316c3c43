/** What a business offers, as examples: the member changes them, or a real model writes their own. */
type Offer = { name: string; about: string; price: string };
export type SiteWords = {
  /** What the site is called: what was asked for, without what it is. */
  name: string;
  lead: string;
  offers: { title: string; list: readonly Offer[] };
  /** From and to by group of days, hours of 24. */
  hours: readonly { days: string; week: readonly number[]; open?: readonly [number, number] }[];
  order: { title: string; wants: string; example: string };
};

const offer = (name: string, about: string, price: string): Offer => ({ name, about, price });
const trades: { fits: RegExp; lead: string; offers: SiteWords["offers"]; order: SiteWords["order"] }[] = [
  {
    fits: /\b(?:baker(?:y|ies)|bread|p[aâ]tisseries?|cakes?)(?!\p{L})/iu,
    lead: "Bread and pastry, baked in the night and warm when the door opens.",
    offers: {
      title: "From the oven",
      list: [
        offer("Sourdough loaf", "Wheat and rye, a day and a half of rest", "5.20"),
        offer("Rye bread", "Dark, with caraway", "4.80"),
        offer("Butter croissant", "Laminated by hand", "2.40"),
        offer("Cinnamon bun", "Sticky, with cardamom", "2.90"),
        offer("Seed roll", "Sunflower, flax and pumpkin", "1.10"),
      ],
    },
    order: { title: "Order ahead", wants: "What would you like?", example: "Two sourdough loaves and six seed rolls" },
  },
  {
    fits: /\b(?:caf(?:e|é)s?|coffee|restaurants?|bistros?|bars?|pizzerias?|diners?)(?!\p{L})/iu,
    lead: "A small room, a short menu, and everything made here.",
    offers: {
      title: "Menu",
      list: [
        offer("Soup of the day", "With bread", "6.50"),
        offer("Market salad", "What the fields gave this week", "9.00"),
        offer("Plate of the day", "Ask us; there are two", "13.50"),
        offer("Apple cake", "Warm, with cream", "4.20"),
        offer("Coffee", "From a roaster around the corner", "2.80"),
      ],
    },
    order: { title: "Keep a table", wants: "When, and for how many?", example: "Friday at seven, for four" },
  },
];
const anyTrade: (typeof trades)[number] = {
  fits: /./,
  lead: "What we do, when we are there, and how to reach us.",
  offers: {
    title: "What we offer",
    list: [
      offer("First visit", "Half an hour, to get to know each other", "free"),
      offer("Small job", "Up to two hours", "60.00"),
      offer("A whole day", "With everything that belongs to it", "220.00"),
    ],
  },
  order: { title: "Write to us", wants: "What can we do for you?", example: "I would like to come by on Tuesday" },
};

/** “Open from 9 to 5” ends in the afternoon. */
function readHours(says: readonly string[]): readonly [number, number] | undefined {
  const [, from, to] = /\bopen from (\d{1,2})\b[^.]{0,20}? to (\d{1,2})\b/i.exec(says.join(". ")) ?? [];
  if (from === undefined || to === undefined) return undefined;
  const [begin, end] = [Number(from), Number(to) <= Number(from) ? Number(to) + 12 : Number(to)];
  return begin < end && end <= 24 ? [begin, end] : undefined;
}
const weekdays = [1, 2, 3, 4, 5];
/** `says`: the member's own texts; opening hours among them are the site's. */
export function siteWords(asked: string, says: readonly string[]): SiteWords {
  const bare = asked.replace(/\s*\b(?:web ?sites?|sites?|home ?pages?|pages?)$/i, "").trim();
  const name = bare === "" ? asked : bare;
  const trade = trades.find(({ fits }) => fits.test(asked)) ?? anyTrade;
  const open = readHours(says) ?? ([7, 18] as const);
  const saturday = open[0] < 13 ? { open: [open[0], Math.min(open[1], 13)] as const } : {};
  const hours = [
    { days: "Monday to Friday", week: weekdays, open },
    { days: "Saturday", week: [6], ...saturday },
    { days: "Sunday", week: [0] },
  ];
  return { name, lead: trade.lead, offers: trade.offers, hours, order: trade.order };
}
