import { clerkFile } from "virtual:clerk-file";
import type { Clerk } from "@clerk/clerk-js"; // types only: Clerk's script is a file of its own
import { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import type { AppConfig } from "./session.ts";
import { waitWithin } from "./wait-within.ts";

export type { Clerk };

/** Milliseconds until sign-in counts as out of reach. */
const openWithin = 15_000;
/** Where a provider such as Google sends people back to. */
export const providerPath = "/sign-in/provider";

let script: Promise<void> | undefined;
/** It reads its settings off its own tag and makes `window.Clerk`. */
function loadScript({ identity, demo }: AppConfig): Promise<void> {
  script ??= new Promise<void>((resolve, reject) => {
    const tag = document.createElement("script");
    tag.src = clerkFile;
    tag.dataset.clerkPublishableKey = identity.publishableKey;
    if (demo.identity) tag.dataset.clerkProxyUrl = identity.url;
    tag.onload = () => resolve();
    tag.onerror = () => {
      tag.remove();
      script = undefined;
      reject(new AppError("unavailable", { what: "sign-in" }));
    };
    document.head.append(tag);
  });
  return script;
}

let loading: Promise<void> | undefined;
/** Its start may take longer than anybody waits for it, and must not be made a second time meanwhile. */
function startOnce(clerk: Clerk): Promise<void> {
  const stay = async (to: string) => history.replaceState(null, "", to);
  const options = {
    telemetry: false as const,
    signInUrl: "/",
    signUpUrl: "/",
    afterSignOutUrl: "/",
    routerPush: stay,
    routerReplace: stay,
    // Else each call resolves where the browser is offline, as though Clerk had done what it was asked.
    experimental: { rethrowOfflineNetworkErrors: true },
  };
  loading ??= clerk.load(options).finally(() => {
    loading = undefined;
  });
  return loading;
}

/** Clerk's own object, once it knows who is signed in. Screens are ours, and so is where the page goes. */
export async function openClerk(config: AppConfig): Promise<Clerk> {
  await waitWithin(openWithin, loadScript(config));
  const { Clerk: clerk } = window as { Clerk?: Clerk };
  if (!clerk) throw new AppError("unavailable", { what: "sign-in" });
  if (!clerk.loaded) await waitWithin(openWithin, startOnce(clerk));
  // Where its API did not answer it goes by a cookie of a minute, and takes everybody else for signed out.
  if (clerk.status === "degraded") await waitWithin(openWithin, clerk.__internal_reloadInitialResources());
  return clerk;
}

const optionalText = z.string().optional().catch(undefined);
const clerkFailure = z.object({
  status: z.number().optional().catch(undefined),
  /** What Clerk's script fails by alone, where its API was not asked. */
  code: optionalText,
  /** In seconds. */
  retryAfter: z.number().optional().catch(undefined),
  errors: z.array(z.object({ code: z.string(), message: optionalText, longMessage: optionalText })).catch([]),
});
/** Why Clerk refused, in its words for people, all of them; its script alone has no such words. */
export type ClerkRefusal = { code: string; message: string | undefined; retryAfter: number | undefined };
/** Undefined for what is no refusal: Clerk, or the way to it, failed. */
export function readRefusal(error: unknown): ClerkRefusal | undefined {
  const failure = error instanceof AppError ? undefined : clerkFailure.safeParse(error).data;
  if (!failure || (failure.status ?? 0) >= 500) return undefined;
  const code = failure.errors[0]?.code ?? failure.code;
  if (code === undefined || code === "network_error") return undefined;
  const texts = failure.errors.flatMap(({ longMessage, message }) => longMessage || message || []);
  return { code, message: [...new Set(texts)].join(" ") || undefined, retryAfter: failure.retryAfter };
}
