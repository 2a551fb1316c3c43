/** What a site says of its owner: as the member told it, or as the plan for it says in lines. */
export type SiteDetails = { name?: string; street?: string; open?: OpenHours; days?: OpenDays };
/** Minutes of the day: from and to. */
export type OpenHours = readonly [number, number];
/** First and last day of the week, 0 is Sunday. */
export type OpenDays = readonly [number, number];

const time = String.raw`(\d{1,2})(?:[:.](\d\d))?\s?(am|pm)?`;
const day = "(sun|mon|tues|wednes|thurs|fri|satur)days?";
const patterns = {
  name: /\b(?:called|named|name is)\s+[“"']?([\p{L}\p{N}][\p{L}\p{N}&'’ -]{0,40}?)[”"']?(?=[,.;!?]|\s(?:and|at|in|on|open)\b|$)/iu,
  street:
    /\b(?:at|on|street is|address is)\s+[“"]?(\d{1,4}[a-z]?\s\p{L}[\p{L}'’ -]{2,40}?|\p{L}[\p{L}'’. -]{2,40}?\s\d{1,4}[a-z]?)[”"]?(?=[,.;!?]|\s(?:and|open)\b|$)/iu,
  days: new RegExp(String.raw`\b(?:${day}\s{0,3}(?:to|until|till|through|[-–])\s{0,3}${day}|(every ?day|daily))\b`, "i"),
  open: new RegExp(
    String.raw`(?:\b(?:open(?:s|ed)?|hours)|days?)\b[^.\d]{0,60}?${time}\b[^\d.,;]{0,20}?\s?(?:to|until|till|[-–])\s?${time}\b(\s(?:in the )?(?:afternoon|evening))?`,
    "i",
  ),
};
const minutesOf = (hour: string, minute: string | undefined, isLate: boolean) =>
  (Number(hour) + (isLate && Number(hour) < 12 ? 12 : 0)) * 60 + Number(minute ?? 0);
/** “From 9 to 5” ends in the afternoon. */
function readHours(found: RegExpExecArray | null): OpenHours | undefined {
  const [, hour, minute, half, toHour, toMinute, toHalf, late] = found ?? [];
  if (hour === undefined || toHour === undefined) return undefined;
  const begin = minutesOf(hour, minute, /pm/i.test(half ?? ""));
  const plain = minutesOf(toHour, toMinute, /pm/i.test(toHalf ?? "") || late !== undefined);
  const end = plain <= begin ? plain + 12 * 60 : plain;
  return begin < end && end <= 24 * 60 ? [begin, end] : undefined;
}
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
const findDay = (start: string) => weekdays.findIndex((name) => name.toLowerCase().startsWith(start.toLowerCase()));
function readDays(found: RegExpExecArray | null): OpenDays | undefined {
  const [, first, last, all] = found ?? [];
  if (all !== undefined) return [1, 0];
  return first === undefined || last === undefined ? undefined : [findDay(first), findDay(last)];
}
const given = (name: string | undefined, street: string | undefined, open?: OpenHours, days?: OpenDays): SiteDetails => ({
  ...(name ? { name } : {}),
  ...(street ? { street } : {}),
  ...(open ? { open } : {}),
  ...(days ? { days } : {}),
});
/** “It is called Crumb, at 3 Mill Lane, open Tuesday to Saturday from 6:30 to 15.” */
export function readDetails(said: string): SiteDetails {
  const [name, street] = [patterns.name, patterns.street].map((pattern) => pattern.exec(said)?.[1]?.trim());
  return given(name, street, readHours(patterns.open.exec(said)), readDays(patterns.days.exec(said)));
}
export const hasDetails = (details: SiteDetails): boolean => Object.keys(details).length > 0;
/** What was said, without them and the commas that went with them. */
export const withoutDetails = (said: string): string =>
  Object.values(patterns)
    .reduce((text, pattern) => text.replace(pattern, ""), said)
    .replace(/(?:\s{0,3},){1,4}(?=\s{0,3}(?:[,.;!?]|$))/g, "");

export const printTime = (minutes: number): string => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
export const printHours = ([from, to]: OpenHours): string => `${printTime(from)} to ${printTime(to)}`;
export const printDays = ([first, last]: OpenDays): string =>
  first === last ? weekdays[first]! : `${weekdays[first]} to ${weekdays[last]}`;
/** Every day from the first to the last, Monday before Sunday. */
export const listDays = ([first, last]: OpenDays): number[] =>
  Array.from({ length: ((last - first + 7) % 7) + 1 }, (_none, step) => (first + step) % 7);
/** Lines of a plan, which the member may change there. */
export function printDetails({ name, street, open, days }: SiteDetails): string {
  const lines = [
    name && `Name: ${name}`,
    street && `Street: ${street}`,
    open && `Open: ${printHours(open)}`,
    days && `Days: ${printDays(days)}`,
  ];
  return lines.filter(Boolean).join("\n");
}
export function readDetailLines(text: string): SiteDetails {
  const line = (name: string) => new RegExp(`^${name}: ([^\\n]{1,60})$`, "m").exec(text)?.[1]?.trim();
  const [open, days] = [line("Open"), line("Days")];
  return given(
    line("Name"),
    line("Street"),
    open ? readHours(patterns.open.exec(`open ${open}`)) : undefined,
    days ? (readDays(patterns.days.exec(days)) ?? readDays(patterns.days.exec(`${days} to ${days}`))) : undefined,
  );
}
/** In a sentence: “**Crumb**, 3 Mill Lane, open Tuesday to Saturday from 6:30 to 15:00”. */
export const describeDetails = ({ name, street, open, days }: Required<SiteDetails>): string =>
  `**${name}**, ${street}, open ${printDays(days)} from ${printHours(open)}`;
