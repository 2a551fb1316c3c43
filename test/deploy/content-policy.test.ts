import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fillHeaders } from "../../edge/app/content-policy.ts";
import { listAppOrigins } from "../../edge/deploy/build-app.ts";
import { root } from "../local/process.ts";

/** What the app's document may load, call and frame, by where it is deployed. */
const text = readFileSync(path.join(root, "edge/app/public/_headers"), "utf8");
const captcha = "https://challenges.cloudflare.com";
function readPolicy(origins: Parameters<typeof fillHeaders>[1]): Record<string, string[]> {
  const filled = fillHeaders(text, origins, "'sha256-first'");
  expect(filled).not.toContain("%");
  const policy = /Content-Security-Policy: (.*)/.exec(filled)?.[1] ?? "";
  return Object.fromEntries(
    policy.split("; ").map((line) => {
      const [name = "", ...sources] = line.split(" ");
      return [name, sources];
    }),
  );
}
const key = (host: string) => `pk_live_${btoa(`${host}$`)}`;

describe("a deployment's content policy", () => {
  test("names the host that is in Clerk's key, and where its bot protection comes from", () => {
    const {
      clerkOrigin: clerk,
      previewOrigin,
      releasedOrigin,
    } = listAppOrigins({
      CLERK_PUBLISHABLE_KEY: key("clerk.growqr.example"),
      PREVIEW_DOMAIN: "previews.example",
      APPS_DOMAIN: "apps.example",
    });
    const policy = readPolicy({ clerk, framed: [previewOrigin, releasedOrigin] });
    expect(policy["connect-src"]).toEqual(["'self'", "https://clerk.growqr.example"]);
    expect(policy["script-src"]).toEqual(["'self'", "'sha256-first'", captcha]);
    expect(policy["frame-src"]).toEqual(["https://*.previews.example", "https://*.apps.example", captcha]);
  });

  test("frames nothing else where neither previews nor apps have a domain", () => {
    const { clerkOrigin: clerk, previewOrigin, releasedOrigin } = listAppOrigins({ CLERK_PUBLISHABLE_KEY: key("clerk.growqr.example") });
    expect(readPolicy({ clerk, framed: [previewOrigin, releasedOrigin] })["frame-src"]).toEqual([captcha]);
  });

  test.each(["", "pk_live_", "pk_live_!", key("clerk.example *"), `pk_live_${btoa("clerk.example")}`, `sk_live_${btoa("clerk.example$")}`])(
    "is not made of what is no key of Clerk's: %j",
    (CLERK_PUBLISHABLE_KEY) => {
      expect(() => listAppOrigins({ CLERK_PUBLISHABLE_KEY })).toThrow("CLERK_PUBLISHABLE_KEY");
    },
  );
});

test("a developer's machine reaches its own ports alone, and loads nothing of Cloudflare's", () => {
  const policy = readPolicy({ framed: [] });
  expect(policy["script-src"]).toEqual(["'self'", "'sha256-first'"]);
  expect(policy["frame-src"]).toEqual(["'none'"]);
  for (const source of policy["connect-src"] ?? []) expect(source).toMatch(/^'self'$|^(?:http|ws):\/\/(?:localhost|127\.0\.0\.1):\*$/);
});
