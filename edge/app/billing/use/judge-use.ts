/** From this share on a limit is said to be near. */
const nearPercent = 80;

/** How much of a limit is used. What is used up is never 99 percent, and what is not is never 100. */
export function judgeUse(used: number, most: number): { percent: number; standing: "free" | "near" | "reached" } {
  if (most <= 0 || used >= most) return { percent: 100, standing: "reached" };
  const percent = Math.min(99, Math.round((100 * used) / most));
  return { percent, standing: percent >= nearPercent ? "near" : "free" };
}
