import path from "node:path";

/** The folder of this clone. */
export const checkout = path.resolve(import.meta.dirname, "../..");
/** The way to a file of the clone. */
export const inCheckout = (...names: string[]) => path.join(checkout, ...names);
