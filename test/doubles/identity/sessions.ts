import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { User } from "./user.ts";

export type Session = { id: string; user: User };
const stored = z.record(z.string(), z.object({ id: z.string(), user: z.object({ id: z.string(), email: z.string(), name: z.string() }) }));

/** Sessions by the hash of their cookie, in one file, so that a restart signs nobody out. */
export function sessionStore(file: string) {
  const all = new Map<string, Session>(existsSync(file) ? Object.entries(stored.parse(JSON.parse(readFileSync(file, "utf8")))) : []);
  const hash = (token: string) => createHash("sha256").update(token).digest("base64url");
  const save = () => {
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(all)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return {
    open(user: User): { token: string; session: Session } {
      const token = randomBytes(32).toString("base64url");
      const session = { id: `sess_${randomBytes(16).toString("hex")}`, user };
      all.set(hash(token), session);
      save();
      return { token, session };
    },
    of: (token: string | undefined): Session | undefined => (token ? all.get(hash(token)) : undefined),
    close(token: string | undefined): void {
      if (token && all.delete(hash(token))) save();
    },
  };
}
export type SessionStore = ReturnType<typeof sessionStore>;
