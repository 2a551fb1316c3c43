import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { IdentitySession } from "./clients.ts";
import type { Config } from "./config.ts";
import { asUser } from "./fapi.ts";
import type { IdentityUser } from "./user.ts";

/** Milliseconds between the tries of one word; Clerk's own go on for days. */
const tries = [0, 200, 500, 1_000, 2_000, 5_000, 10_000];

/** Headers of a word to a webhook, signed as Svix does for Clerk. */
export function signWebhook(secret: string, id: string, at: Date, body: string): Record<string, string> {
  return {
    "content-type": "application/json",
    ...{
      "svix-id": id,
      "svix-timestamp": String(Math.floor(at.getTime() / 1000)),
      "svix-signature": new Webhook(secret).sign(id, at, body),
    },
  };
}

/** Tells the platform of people who have changed or are gone. */
export class WebhookSender {
  readonly #settings: Config;
  constructor(settings: Config) {
    this.#settings = settings;
  }
  updated(user: IdentityUser): IdentityUser {
    void this.#tell("user.updated", asUser(user));
    return user;
  }
  deleted(id: string): string {
    void this.#tell("user.deleted", { id, object: "user", deleted: true });
    return id;
  }
  /** By which word Clerk tells it: `ended` and `removed` by the browser itself, `revoked` by another. */
  signedOut(by: "ended" | "removed" | "revoked", { id, userId, createdAt, activeAt }: IdentitySession): void {
    const times = { created_at: createdAt, last_active_at: activeAt, updated_at: Date.now() };
    void this.#tell(`session.${by}`, { id, object: "session", status: by, user_id: userId, ...times });
  }
  async #tell(type: string, data: object): Promise<void> {
    const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = this.#settings;
    if (url === undefined || secret === undefined) return;
    const body = JSON.stringify({ data, object: "event", type, timestamp: Date.now(), instance_id: "ins_double" });
    const id = `msg_${randomBytes(16).toString("hex")}`;
    for (const pause of tries) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const headers = signWebhook(secret, id, new Date(), body);
      const taken = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(5_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (taken) return;
    }
  }
}
