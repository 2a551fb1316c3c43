export const dayMs = 86_400_000;

const utcDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
/** A day as a text names it that is written where its reader's time zone is not known. */
export const nameUtcDay = (at: number): string => utcDay.format(at);
