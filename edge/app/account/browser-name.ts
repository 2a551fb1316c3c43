/** What the provider knows of the browser that a session was last seen in. */
export type SeenBrowser = Partial<Record<"browser_name" | "device_type" | "city" | "country", string | null | undefined>>;

export function nameSeenBrowser({ browser_name: browser, device_type: device }: SeenBrowser): string {
  const parts = [browser, device].filter(Boolean);
  return parts.length === 0 ? "A browser" : parts.join(" on ");
}
/** Empty where it is not known. */
export const namePlace = ({ city, country }: SeenBrowser): string => [city, country].filter(Boolean).join(", ");
