/** How many lines, words and characters a text has. */
export function count(text) {
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const words = text.split(/\s+/).filter(Boolean).length;
  return { lines, words, characters: [...text].length };
}
export const describe = ({ lines, words, characters }, name) => `${lines}\t${words}\t${characters}${name ? `\t${name}` : ""}`;
