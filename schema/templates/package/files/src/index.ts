/** An amount of money in whole cents. */
export type Cents = number;

/** Reads "12.50", "12" or "-0.05". Throws a RangeError for anything else. */
export function readAmount(text: string): Cents {
  const [, sign, whole, part = ""] = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) throw new RangeError(`no amount: ${text.slice(0, 40)}`);
  const cents = Number(whole) * 100 + Number(part.padEnd(2, "0"));
  return sign === "-" && cents !== 0 ? -cents : cents;
}

/** Writes an amount with two digits after the point: 1250 is "12.50". */
export function formatAmount(cents: Cents): string {
  const all = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${all.slice(0, -2)}.${all.slice(-2)}`;
}

/** The sum; 0 of no amounts. */
export const addAmounts = (amounts: readonly Cents[]): Cents => amounts.reduce((sum, cents) => sum + cents, 0);

/** Shares an amount so that nothing is lost: the first shares are a cent larger where it does not go out even. */
export function shareAmount(cents: Cents, shares: number): Cents[] {
  if (!Number.isInteger(shares) || shares < 1) throw new RangeError("the number of shares must be a whole number of at least 1");
  const least = Math.floor(cents / shares);
  const larger = cents - least * shares;
  return Array.from({ length: shares }, (_, at) => (at < larger ? least + 1 : least));
}
