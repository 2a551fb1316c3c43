import { z } from "zod";

/**
 * A number as an address carries it: decimal digits and nothing else (`Number("")` is 0 and `Number("0x1f")`
 * is 31). A number stays one, as an action's input has it.
 */
export const queryNumber = <Shape extends z.ZodType<number>>(shape: Shape) =>
  z.preprocess((given) => (typeof given === "string" && /^\d{1,16}$/.test(given) ? Number(given) : given), shape);
