/** Shorter values would hide ordinary words. */
const leastHidden = 6;
/** A program's words without the values it was given: they are kept in the log, and shown. */
export function hideSecrets(text: string, env: Readonly<Record<string, string>>): string {
  const values = Object.values(env).filter((value) => value.length >= leastHidden);
  return values.sort((a, b) => b.length - a.length).reduce((hidden, value) => hidden.replaceAll(value, "[redacted]"), text);
}
