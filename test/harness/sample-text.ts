const common =
  "goal module lesson review plan agent growth metric customer market price launch team focus energy budget report season".split(" ");

/** The text number `seq` of many: the same each time, few words often, many seldom, `only<seq>` once. */
export function textOf(seq: number, words = 30): string {
  let state = seq * 2654435761;
  const random = () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return state / 2 ** 32;
  };
  const word = () => {
    const at = Math.floor(Math.exp(random() * Math.log(20_000))) - 1;
    return at < common.length ? common[at] : `w${at.toString(36)}`;
  };
  return `${Array.from({ length: words }, word).join(" ")} only${seq}`;
}

/**
 * Queries for such texts: one rare word, many words, common words, the beginning of a word. `max` is the
 * highest number.
 */
export const queries = (max: number) => [
  `only${Math.floor(max * 0.7)}`,
  "w2s w9x",
  "goal module",
  `goal only${Math.floor(max * 0.2)}`,
  "what was the plan for w5k",
  "agent",
  "onl",
  "w1a w2b w3c w4d w5e w6f w7g w8h",
];
