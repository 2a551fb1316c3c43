import { beforeAll, describe, expect, test } from "vitest";
import { createGrowqrClient, followLog, type GrowqrClient, GrowqrError, type LogEvent, listAll } from "../../../edge/client/index.ts";
import { edgeUp, newMember, newPerson, type TestMember } from "../client.ts";

/** A member's program, by the client that is generated from the API's description (SPEC 4, issue 11.9). */
let owner: TestMember;
let client: GrowqrClient;
const clientOf = (token?: () => Promise<string>) => createGrowqrClient({ baseUrl: edgeUp.url, token });
const failureOf = async (call: Promise<unknown>): Promise<GrowqrError> => {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof GrowqrError)) throw new Error(`no refusal: ${String(failure)}`);
  return failure;
};
beforeAll(async () => {
  owner = await newMember(); // its host has room
  client = clientOf(owner.token);
});

describe("by the client", () => {
  test("a person signs in, starts the trial and finds their own agent, workspace and plan", async () => {
    const person = await newPerson();
    const theirs = clientOf(person.token);
    expect((await theirs.GET("/me")).agent).toBeNull();
    const { actor } = await theirs.POST("/billing/trial");
    expect((await theirs.GET("/me")).agent?.id).toBe(actor.id);
    expect(await theirs.GET("/actors/{actorId}", { params: { path: { actorId: actor.id } } })).toMatchObject({ actor: { id: actor.id } });
    expect((await theirs.GET("/billing")).subscription).toMatchObject({ status: "trialing" });
    expect((await theirs.GET("/health")).database).toBe(true);
  });

  test("secrets and Git tokens are kept, listed and removed", async () => {
    const path = { name: "tracker-key" };
    const kept = { value: "not-a-real-key", origin: "https://api.tracker.example" };
    await client.PUT("/secrets/{name}", { params: { path }, body: kept });
    expect((await client.GET("/secrets")).secrets.map(({ name }) => name)).toEqual(["tracker-key"]);
    expect(await client.DELETE("/secrets/{name}", { params: { path } })).toEqual({ removed: true });

    const body = { name: "Laptop", repositories: ["projects/bakery"] };
    const { gitToken, token } = await client.POST("/git/tokens", { body });
    expect(token.length).toBeGreaterThan(20);
    expect((await client.GET("/git/tokens")).tokens).toEqual([gitToken]);
    await client.DELETE("/git/tokens/{tokenId}", { params: { path: { tokenId: gitToken.id } } });
    expect((await client.GET("/git/tokens")).tokens).toEqual([]);
  });

  test("projects, tasks, receipts and the log answer in the shapes of the description", async () => {
    expect((await client.GET("/projects")).projects).toEqual([]);
    expect((await client.GET("/receipts", { params: { query: { limit: 5 } } })).receipts).toEqual([]);
    const spec = { id: "one", title: "One", owner: "quest", outputs: ["one.md"] };
    const made = await client.POST("/tasks", { body: { spec } });
    if (!("task" in made)) throw new Error("a spec becomes a task");
    const { task } = made;
    expect(await client.GET("/tasks/{taskId}", { params: { path: { taskId: task.id } } })).toMatchObject({ task: { id: task.id } });
  });

  test("a list is read over all its pages, each item once; without any it is empty, and another's cursor is refused", async () => {
    const reader = clientOf((await newMember()).token);
    for (let n = 0; n < 5; n++) await reader.POST("/goals", { body: { title: `Goal ${n}` } });
    for (let n = 0; n < 5; n++)
      await reader.POST("/tasks", { body: { spec: { id: `t${n}`, title: `Task ${n}`, owner: "coding", outputs: ["a.md"] } } });
    const titles: string[] = [];
    for await (const task of listAll(reader, "/tasks", { params: { query: { limit: 2 } } })) titles.push(task.title);
    expect([...titles].sort()).toEqual(["Task 0", "Task 1", "Task 2", "Task 3", "Task 4"]);
    for await (const receipt of listAll(reader, "/receipts")) throw new Error(`There is a receipt: ${receipt.id}`);
    const first = await reader.GET("/tasks", { params: { query: { limit: 2 } } });
    const wrong = failureOf(reader.GET("/plans", { params: { query: { cursor: first.next! } } }));
    expect((await wrong).code).toBe("invalid");
  });

  test("every refusal is the one error, with its code, whether another try helps, and the id that the log has", async () => {
    const missing = { params: { path: { project: "nowhere" } } };
    const refused = await failureOf(client.GET("/projects/{project}", missing));
    expect(refused).toMatchObject({ code: "not_found", retryable: false, status: 404, issues: [] });
    expect(refused.requestId).toMatch(/^req_/);
    const invalid = await failureOf(client.POST("/git/tokens", { body: { name: "a", repositories: [] } }));
    expect(invalid).toMatchObject({ code: "invalid", status: 400, issues: [{ path: "repositories" }] });
    expect(await failureOf(clientOf().GET("/me"))).toMatchObject({ code: "unauthenticated", status: 401 });
    const stranger = clientOf((await newPerson()).token);
    const others = stranger.GET("/actors/{actorId}", { params: { path: { actorId: owner.actor.id } } });
    expect(await failureOf(others)).toMatchObject({ code: "not_found" });
  });

  test("a name of dots or without letters is refused before it becomes another address", async () => {
    for (const project of ["..", ".", ""])
      await expect(client.GET("/projects/{project}", { params: { path: { project } } })).rejects.toThrow(TypeError);
    const odd = { params: { path: { project: "../me" } } };
    expect(await failureOf(client.GET("/projects/{project}", odd))).toMatchObject({ code: "not_found" });
  });

  test("the log is followed from where one was, and ends when the reader says so", async () => {
    const stop = new AbortController();
    const seen: LogEvent[] = [];
    for await (const event of followLog(client, owner.actor.id, { signal: stop.signal })) {
      seen.push(event);
      if (event.kind === "snapshot") await client.POST("/actors/{actorId}/message", message("client-story-1", "Hello"));
      if (event.kind.startsWith("message")) stop.abort();
    }
    expect(seen[0]).toMatchObject({ kind: "snapshot", seq: undefined });
    const stored = seen.flatMap(({ seq }) => seq ?? []);
    expect(stored).toEqual(stored.map((_, at) => at + 1));
    const nobodys = followLog(client, "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV").next();
    expect(await failureOf(nobodys)).toMatchObject({ code: "not_found" });
  });

  test("an operator's call is refused to a member", async () => {
    expect(await failureOf(client.GET("/hosts"))).toMatchObject({ retryable: false, requestId: expect.stringMatching(/^req_/) });
  });
});
const message = (clientId: string, text: string) => ({ params: { path: { actorId: owner.actor.id } }, body: { clientId, text } });
