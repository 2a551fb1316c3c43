import { expect, inject } from "vitest";
import { planOut } from "../../schema/agent/team.ts";
import { previewEntryOut } from "../../schema/preview/preview-access.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import { look, type Seen } from "./preview/preview-visitor.ts";

const minutes = 60_000;
const cookie = (seen: Seen) => String(seen.headers["set-cookie"]).split(";")[0]!;
type Written = { outputs: string[]; contains: { file: string; text: string }[] };

/** A member whose projects are proven and deployed, and what they do on the way. */
export class Owner {
  readonly person: Person;
  readonly events: Events;
  readonly actor: string;
  readonly member: string;
  /** Approvals that somebody has answered. */
  readonly answered = new Set<string>();

  private constructor(signedIn: Person, made: { actor: { id: string; member: string }; events: Events }) {
    this.person = signedIn;
    this.events = made.events;
    this.actor = made.actor.id;
    this.member = made.actor.member;
  }
  static async provision(email: string): Promise<Owner> {
    const signedIn = await person(inject("product"), email);
    return new Owner(signedIn, await provision(signedIn));
  }

  /** Allows what agents ask until it is done. */
  async allowUntil<T>(done: Promise<T>): Promise<T> {
    const timer = setInterval(async () => {
      for (const { body } of this.events.of("approval.asked")) {
        if (this.answered.has(body.id)) continue;
        this.answered.add(body.id);
        await this.person.call("POST", `/approvals/${body.id}/decision`, { decision: "allow", device: "laptop", scope: "once" });
      }
    }, 250);
    return done.finally(() => clearInterval(timer));
  }
  /**
   * One agent writes, another merges; what is on main then has a receipt. Answers the task that merged.
   */
  async proveMain(id: string, { outputs, contains }: Written, merge: { project: string; deploy?: boolean }): Promise<string> {
    const task = { outputs, acceptance: contains.map(({ file, text }) => ({ file, contains: text })), ...merge };
    const tasks = [
      { ...task, id, title: `Write ${id}`, owner: "product-flow" },
      { ...task, acceptance: [], id: `${id}-merge`, title: `Merge ${id}`, owner: "repo", depends_on: [id] },
    ];
    const { plan } = planOut.parse(
      (await this.person.call("POST", "/plans", { plan: { title: id, story: `The member wants ${id}.`, tasks } })).body,
    );
    expect((await this.person.call("POST", `/plans/${plan.id}/accept`, { revision: 1 })).status).toBe(200);
    const verified = this.events.wait(
      "task.state",
      ({ body }) => {
        const { state } = body.facts;
        return state === "failed" ? body.name?.startsWith(id) === true : state === "verified" && body.name === `${id}-merge`;
      },
      4 * minutes,
    );
    const { body } = await this.allowUntil(verified);
    expect([body.facts.state, body.facts.reason]).toEqual(["verified", expect.any(String)]);
    return body.taskId;
  }
  /**
   * Goes in at a project's address with a ticket: what was answered, and the header that opens it from then
   * on.
   */
  async enter(project: string, path = "/") {
    const entry = previewEntryOut.parse((await this.person.call("POST", `/projects/${project}/entries`, { path })).body);
    const entered = await look(entry.url, entry.url);
    return { entry, entered, headers: { cookie: cookie(entered) } };
  }
}
