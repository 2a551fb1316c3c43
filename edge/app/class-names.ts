import path from "node:path";
import type { CSSOptions } from "vite";

/**
 * A class of a screen carries the name of its sheet, as in `feed_item`. A build keeps these names: hashes are
 * larger when compressed.
 */
export const classNames: CSSOptions = {
  modules: { generateScopedName: (name, file) => `${path.basename(file, ".module.css")}_${name}` },
};
