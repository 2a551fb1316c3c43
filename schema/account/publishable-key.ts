const hostOfKey = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
/**
 * The host of the Frontend API that Clerk's publishable key names: `pk_test_` or `pk_live_`, then the host
 * and a dollar sign in base64. Undefined for what is no such key.
 */
export function readClerkHost(publishableKey: string): string | undefined {
  const [, told = ""] = /^pk_(?:test|live)_([A-Za-z0-9+/=]+)$/.exec(publishableKey) ?? [];
  const text = decodeBase64(told);
  const host = text.slice(0, -1);
  return text.endsWith("$") && hostOfKey.test(host) ? host : undefined;
}
function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
