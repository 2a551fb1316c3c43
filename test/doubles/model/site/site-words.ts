import { listDays, type OpenDays, type OpenHours, printDays, type SiteDetails } from "./site-details.ts";

/** What a business offers, as examples: the member changes them, or a real model writes their own. */
type Offer = { name: string; about: string; price: string };
export type SiteWords = {
  /** What the site is called: what was asked for, without what it is. */
  name: string;
  street: string;
  lead: string;
  offers: { title: string; list: readonly Offer[] };
  /** By group of days; without times it is closed. */
  hours: readonly { days: string; open?: OpenHours }[];
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

const exampleStreet = "12 Mill Lane";
const exampleHours = [7 * 60, 18 * 60] as const;
const exampleDays = [1, 6] as const;
/** What stands on a site for which nothing was said yet. */
export function exampleDetails(asked: string): Required<SiteDetails> {
  const bare = asked.replace(/\s*\b(?:web ?sites?|sites?|home ?pages?|pages?)$/i, "").trim();
  return { name: bare === "" ? asked : bare, street: exampleStreet, open: exampleHours, days: exampleDays };
}
/** The days that are left, as one line: they follow each other around the week. */
function closedDays([first, last]: OpenDays): SiteWords["hours"] {
  if (listDays([first, last]).length === 7) return [];
  const rest: OpenDays = [(last + 1) % 7, (first + 6) % 7];
  return [{ days: printDays(rest) }];
}
/** The whole week: when it is open, and when it is closed. */
export const listHours = (days: OpenDays, open: OpenHours): SiteWords["hours"] => [{ days: printDays(days), open }, ...closedDays(days)];
export function siteWords(asked: string, details: SiteDetails): SiteWords {
  const { name, street, open, days } = { ...exampleDetails(asked), ...details };
  const trade = trades.find(({ fits }) => fits.test(asked)) ?? anyTrade;
  return { name, street, lead: trade.lead, offers: trade.offers, hours: listHours(days, open), order: trade.order };
}
