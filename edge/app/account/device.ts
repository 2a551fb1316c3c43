/** A browser's user agent matches a kind when it holds all of its words. */
const deviceKinds: [string[], string][] = [
  [["iPhone"], "your iPhone"],
  [["iPad"], "your iPad"],
  [["Android", "Mobile"], "your phone"],
  [["Android"], "your tablet"],
  [["Macintosh"], "your Mac"],
  [["Windows"], "your PC"],
  [["CrOS"], "your Chromebook"],
  [["Linux"], "your computer"],
];
/** What other devices call this one: “Already answered on your phone”. */
export function deviceName(userAgent: string, narrow: boolean): string {
  const known = deviceKinds.find(([words]) => words.every((word) => userAgent.includes(word)))?.[1];
  return narrow && (known === undefined || /computer|Mac|PC|Chromebook/.test(known)) ? "your phone" : (known ?? "another browser");
}
export const thisDevice = () => deviceName(navigator.userAgent, matchMedia("(max-width: 760px)").matches);
