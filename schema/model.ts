import { z } from "zod";

/**
 * How an agent type names its model, from the cheapest to the
 * dearest. Which model each is, the installation says.
 */
export const modelAliases = ["fast", "standard", "deep"] as const;
export const modelAlias = z.enum(modelAliases);
export type ModelAlias = z.infer<typeof modelAlias>;
export function isDearer(a: ModelAlias, b: ModelAlias): boolean {
  return modelAliases.indexOf(a) > modelAliases.indexOf(b);
}

/**
 * How the edge refuses a call of a conversation that was shortened again and again, and that the model does
 * not take. OpenCode ends the turn by it; its own word for such a refusal would make it shorten once more.
 */
export const beyondShortening = "The conversation is longer than the model takes, even shortened.";
