import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { SignInAttempt, SignUpAttempt } from "./attempts.ts";
import { type IdentityUser, identityUser } from "./user.ts";

const identitySession = z.object({ id: z.string(), userId: z.string(), createdAt: z.number(), activeAt: z.number() });
export type IdentitySession = z.infer<typeof identitySession>;
const keptClient = z.object({
  id: z.string(),
  createdAt: z.number(),
  sessions: z.array(identitySession),
  userAgent: z.string().optional(),
});
/** A browser, or a program that signed in as curl would. What it has begun is forgotten with the process. */
export type IdentityClient = z.infer<typeof keptClient> & {
  signIn?: SignInAttempt | undefined;
  signUp?: SignUpAttempt | undefined;
  oauth?: { nonce: string; strategy: string; back: string; complete: string } | undefined;
};
const kept = z.object({ users: z.array(identityUser), clients: z.record(z.string(), keptClient) });

export const newName = (prefix: string): string => `${prefix}_${randomBytes(16).toString("hex")}`;
const hash = (token: string) => createHash("sha256").update(token).digest("base64url");

/** People, and browsers by the hash of their cookie, in one file: a restart signs nobody out. */
export class IdentityStore {
  readonly #file: string;
  readonly #users: Map<string, IdentityUser>;
  readonly #clients: Map<string, IdentityClient>;

  constructor(file: string) {
    this.#file = file;
    const { users, clients } = existsSync(file) ? kept.parse(JSON.parse(readFileSync(file, "utf8"))) : { users: [], clients: {} };
    this.#users = new Map(users.map((user) => [user.email, user]));
    this.#clients = new Map(Object.entries(clients));
  }
  save(): void {
    const clients = [...this.#clients].map(([key, client]) => [key, keptClient.parse(client)]);
    writeFileSync(`${this.#file}.new`, JSON.stringify({ users: [...this.#users.values()], clients: Object.fromEntries(clients) }), {
      mode: 0o600,
    });
    renameSync(`${this.#file}.new`, this.#file);
  }
  findUser = (email: string): IdentityUser | undefined => this.#users.get(email);
  keepUser(user: IdentityUser): IdentityUser {
    this.#users.set(user.email, user);
    return user;
  }
  userOf(session: IdentitySession): IdentityUser | undefined {
    return this.findUserById(session.userId);
  }
  findClient = (token: string | undefined): IdentityClient | undefined => (token ? this.#clients.get(hash(token)) : undefined);
  /** Keeps a new browser under a fresh cookie. */
  addClient(client: IdentityClient): string {
    const token = randomBytes(32).toString("base64url");
    this.#clients.set(hash(token), client);
    return token;
  }
  /** Everywhere a person is signed in. */
  sessionsOf = (user: IdentityUser): { client: IdentityClient; session: IdentitySession }[] =>
    [...this.#clients.values()].flatMap((client) =>
      client.sessions.filter(({ userId }) => userId === user.id).map((session) => ({ client, session })),
    );
  endSession({ client, session }: { client: IdentityClient; session: IdentitySession }): void {
    client.sessions = client.sessions.filter(({ id }) => id !== session.id);
  }
  /** Everybody who has one of these addresses, shown to be theirs or not. */
  findUsersByEmails = (emails: readonly string[]): IdentityUser[] =>
    [...this.#users.values()].filter((user) => [user.email, ...(user.otherEmails ?? [])].some((each) => emails.includes(each)));
  countUsers = (): number => this.#users.size;
  findUserById = (id: string): IdentityUser | undefined => [...this.#users.values()].find((user) => user.id === id);
  removeUser(user: IdentityUser): void {
    for (const each of this.sessionsOf(user)) this.endSession(each);
    this.#users.delete(user.email);
  }
  openSession(client: IdentityClient, user: IdentityUser): IdentitySession {
    const session = { id: newName("sess"), userId: user.id, createdAt: Date.now(), activeAt: Date.now() };
    client.sessions.push(session);
    return session;
  }
}
export const newClient = (): IdentityClient => ({ id: newName("client"), createdAt: Date.now(), sessions: [] });
