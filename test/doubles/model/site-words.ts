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
    fits: /\bbaker(?:y|ies)|\bbread|\bp[aâ]tisserie|\bcakes?\b/i,
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
    fits: /\b(?:caf[eé]|coffee|restaurant|bistro|bar|pizzeria|diner|kitchen)/i,
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

const weekdays = [1, 2, 3, 4, 5];
/** `says`: the member's own texts; opening hours among them are the site's. */
export function siteWords(asked: string, says: readonly string[]): SiteWords {
  const bare = asked.replace(/\s*\b(?:web ?sites?|sites?|home ?pages?|pages?)$/i, "").trim();
  const name = bare === "" ? asked : bare;
  const trade = trades.find(({ fits }) => fits.test(asked)) ?? anyTrade;
  const [, from, to] = /\bopen from (\d{1,2})\b[^.]*? to (\d{1,2})\b/i.exec(says.join(". ")) ?? [];
  const open = from && to && Number(from) < Number(to) && Number(to) <= 24 ? ([Number(from), Number(to)] as const) : ([7, 18] as const);
  const hours = [
    { days: "Monday to Friday", week: weekdays, open },
    { days: "Saturday", week: [6], open: [open[0], Math.min(open[1], 13)] as const },
    { days: "Sunday", week: [0] },
  ];
  return { name, lead: trade.lead, offers: trade.offers, hours, order: trade.order };
}
