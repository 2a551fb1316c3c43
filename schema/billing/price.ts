/**
 * Millionths of a dollar per token, by the beginning of the model's name; the longest
 * match counts. The demo model has a price so that the account page shows what work costs.
 */
const prices: Record<string, { input: number; output: number }> = {
  "": { input: 3, output: 15 }, // a model not listed: dear rather than free
  "gpt-5": { input: 1.25, output: 10 },
  "gpt-5-mini": { input: 0.25, output: 2 },
  "gpt-4.1": { input: 2, output: 8 },
  "gpt-4o": { input: 2.5, output: 10 },
  "gpt-4o-mini": { input: 0.15, output: 0.6 },
  claude: { input: 3, output: 15 },
  gemini: { input: 1.25, output: 10 },
  demo: { input: 0.1, output: 0.4 },
};

export type Price = { input: number; output: number };
export function priceOf(model: string): Price {
  const [name] = Object.keys(prices)
    .filter((prefix) => model.startsWith(prefix))
    .sort((a, b) => b.length - a.length);
  return prices[name!]!;
}
/** In whole millionths of a dollar, rounded up. */
export function costOf(price: Price, inputTokens: number, outputTokens: number): number {
  return Math.ceil(inputTokens * price.input + outputTokens * price.output);
}
/** What a call costs. */
export function costMicros(model: string, inputTokens: number, outputTokens: number): number {
  return costOf(priceOf(model), inputTokens, outputTokens);
}
