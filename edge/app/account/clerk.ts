import { clerkFile } from "virtual:clerk-file";
import type { Clerk } from "@clerk/clerk-js"; // types only: Clerk's script is a file of its own
import { AppError } from "../../../schema/wire/error.ts";
import type { AppConfig } from "./session.ts";

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

export function waitWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError("timeout", { what: "sign-in" })), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Clerk's own object, once it knows who is signed in. Screens are ours, and so is where the page goes. */
export async function openClerk(config: AppConfig): Promise<Clerk> {
  await waitWithin(openWithin, loadScript(config));
  const { Clerk: clerk } = window as { Clerk?: Clerk };
  if (!clerk) throw new AppError("unavailable", { what: "sign-in" });
  const stay = async (to: string) => history.replaceState(null, "", to);
  const options = {
    telemetry: false as const,
    signInUrl: "/",
    signUpUrl: "/",
    afterSignOutUrl: "/",
    routerPush: stay,
    routerReplace: stay,
  };
  if (!clerk.loaded) await waitWithin(openWithin, clerk.load(options));
  // Where its API did not answer it goes by a cookie of a minute, and takes everybody else for signed out.
  if (clerk.status === "degraded") await waitWithin(openWithin, clerk.__internal_reloadInitialResources());
  return clerk;
}

/** What Clerk said, in its words for people; undefined for what is no answer of Clerk's. */
export function readRefusal(error: unknown): { code: string; message: string } | undefined {
  const [first] = (error as { errors?: { code?: unknown; message?: unknown; longMessage?: unknown }[] } | null)?.errors ?? [];
  if (typeof first?.code !== "string") return undefined;
  const message = [first.longMessage, first.message].find((text) => typeof text === "string" && text !== "");
  return { code: first.code, message: typeof message === "string" ? message : first.code };
}
