import { z } from "zod";
import { typeName } from "../task/spec.ts";
import { modelName, modelProvider } from "./provider-key.ts";

/** By which key and model agents of one type work. `grow` is the Grow Agent's type. */
export const choiceType = typeName;
export const modelChoice = z
  .strictObject({ paidBy: z.enum(["platform", "member"]), provider: modelProvider, model: modelName })
  .meta({ id: "ModelChoice" });
export type ModelChoice = z.infer<typeof modelChoice>;

export const modelChoicesOut = z.object({
  /** Types that differ from what the platform does by itself. */
  choices: z.array(modelChoice.extend({ type: choiceType })),
  /** What can be chosen. */
  offered: z.array(z.object({ paidBy: modelChoice.shape.paidBy, provider: modelProvider, models: z.array(z.string()) })),
  /** What the platform takes where nothing is chosen, by the alias of an agent's type. */
  standard: z.object({ fast: z.string(), standard: z.string(), deep: z.string() }),
});
export type ModelChoicesOut = z.infer<typeof modelChoicesOut>;
