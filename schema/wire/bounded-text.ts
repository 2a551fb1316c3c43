import { z } from "zod";

/** Text of one letter at least and `max` at most, as it was written. */
export const boundedText = (max: number) => z.string().min(1).max(max);
/** The same without the blanks around it: what a person wrote into a field. */
export const trimmedText = (max: number) => z.string().trim().min(1).max(max);
