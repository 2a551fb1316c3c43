/**
 * The credentials of an `Authorization` header of this scheme,
 * or undefined. A scheme's name is read in any case (RFC 9110).
 */
export function readCredentials(header: string | undefined, scheme: "Bearer" | "Machine"): string | undefined {
  const [, name, credentials] = /^([A-Za-z]+) +([!-~]+)$/.exec(header ?? "") ?? [];
  return name?.toLowerCase() === scheme.toLowerCase() ? credentials : undefined;
}
