/** Where a build's app is: what its document may load, call and frame beside its own origin. */
export type PolicyOrigins = {
  /** Clerk's Frontend API; absent on a developer's machine with the demo's sign-in, whose ports differ. */
  clerk?: string | undefined;
  /** Where previews and members' apps are. */
  framed: readonly string[];
};

/**
 * Clerk's bot protection loads a script and a frame from here. Its dashboard turns it on at any time, so each
 * build for an instance of Clerk permits it, and no other does.
 */
const captchaOrigin = "https://challenges.cloudflare.com";
const localOrigins = "http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:*";

/** Fills in what public/_headers leaves open. `script`: the document's own, by its hash. */
export function fillHeaders(text: string, { clerk, framed }: PolicyOrigins, script: string): string {
  const captcha = clerk === undefined ? [] : [captchaOrigin];
  return text
    .replaceAll("%SCRIPTS%", [script, ...captcha].join(" "))
    .replaceAll("%CONNECT%", clerk ?? localOrigins)
    .replaceAll("%FRAMES%", [...framed, ...captcha].filter((origin) => origin !== "").join(" ") || "'none'");
}
