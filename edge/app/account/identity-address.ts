type Identity = { kind: "local"; url: string } | { kind: "clerk"; publishableKey: string };

/** Where the session API is. A Clerk key names its own: the host is the last part of the key. */
export function identityAddress(identity: Identity): string {
  return identity.kind === "local" ? identity.url : `https://${atob(identity.publishableKey.split("_")[2] ?? "").replace(/\$$/, "")}`;
}
