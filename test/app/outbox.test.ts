import { describe, expect, test } from "vitest";
import { SampleActor } from "./sample-actor.ts";
import { openPage, readyActor, untilLive, waitFor } from "./sample-page.ts";

describe("sending", () => {
  test("a message written while offline goes out once after a reload", async () => {
    const actor = readyActor();
    const first = openPage(actor);
    first.live.send("Written offline");
    expect(first.live.state().outbox).toEqual([]); // shown with the next frame
    await waitFor(() => expect(first.live.state().outbox).toHaveLength(1));
    const second = openPage(actor, first.storage);
    second.connect();
    await waitFor(() => expect(second.texts()).toEqual(["Written offline"]));
    await waitFor(() => expect(second.live.state().outbox).toEqual([]));
  });

  test("a message whose answer was lost is sent again under the same id and shows once", async () => {
    const actor = readyActor();
    const { live, connect, texts } = openPage(actor);
    const socket = connect();
    await untilLive(live);
    const action = socket.action.bind(socket);
    socket.action = async (call) => {
      if (call.name !== "send") return action(call);
      actor.push = () => undefined; // accepted, but neither the answer nor the event comes back
      await action(call);
      throw Object.assign(new Error("lost"), { code: "connection_lost" });
    };
    live.send("Once only");
    await waitFor(() => expect(actor.events.at(-1)?.kind).toBe("message.sent"));
    Reflect.deleteProperty(actor, "push");
    live.link.status(socket, "disconnected");
    connect();
    await waitFor(() => expect(texts()).toEqual(["Once only"]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a message of two tabs' shared outbox arrives once", async () => {
    const actor = readyActor();
    const first = openPage(actor);
    const second = openPage(actor, first.storage);
    first.live.send("From the first tab");
    second.live.outboxChanged();
    first.connect();
    second.connect();
    await waitFor(() => expect(second.texts()).toEqual(["From the first tab"]));
    await waitFor(() => expect(first.texts()).toEqual(["From the first tab"]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a message that another tab has sent stays in sight until this page's own log shows it", async () => {
    const actor = readyActor();
    const first = openPage(actor);
    const second = openPage(actor, first.storage);
    second.connect();
    await untilLive(second.live);
    first.live.send("From a cut-off tab");
    second.live.outboxChanged();
    await waitFor(() => expect(second.texts()).toEqual(["From a cut-off tab"]));
    first.live.outboxChanged();
    await waitFor(() => expect(first.live.state().outbox).toMatchObject([{ text: "From a cut-off tab" }]));
    first.connect();
    await waitFor(() => expect(first.texts()).toEqual(["From a cut-off tab"]));
    await waitFor(() => expect(first.live.state().outbox).toEqual([]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("during the first provision a message waits, and goes out when the agent is ready", async () => {
    const actor = new SampleActor();
    actor.stack = { tier: "running", observed: "creating", provisioning: true, ready: false };
    actor.provision("opencode");
    const { live, connect, texts } = openPage(actor);
    connect();
    await untilLive(live);
    live.send("Early");
    await waitFor(() => expect(live.state().outbox).toHaveLength(1));
    expect(actor.calls).not.toContain("send");
    actor.append("provision.step", { run: "run1", step: "opencode", state: "done", ms: 1 });
    actor.append("provision.step", { run: "run1", step: "ready", state: "done", ms: 1 });
    await waitFor(() => expect(texts()).toEqual(["Early"]));
  });

  test("a message that is refused for good is kept and says why", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    const socket = connect();
    await untilLive(live);
    const action = socket.action.bind(socket);
    socket.action = (call) =>
      call.name === "send"
        ? Promise.reject(
            Object.assign(new Error("This needs a running trial or a paid plan."), { group: "user", code: "payment_required" }),
          )
        : action(call);
    live.send("Not allowed");
    await waitFor(() => expect(live.state().outbox).toMatchObject([{ refused: "payment_required" }]));
  });

  test("a message that was refused, and thrown away in another tab, is gone here too", async () => {
    const actor = readyActor();
    const first = openPage(actor);
    const second = openPage(actor, first.storage);
    const socket = first.connect();
    await untilLive(first.live);
    const action = socket.action.bind(socket);
    socket.action = (call) =>
      call.name === "send"
        ? Promise.reject(Object.assign(new Error("This needs a paid plan."), { group: "user", code: "payment_required" }))
        : action(call);
    first.live.send("Thrown away");
    await waitFor(() => expect(first.live.state().outbox).toMatchObject([{ refused: "payment_required" }]));
    second.live.outboxChanged();
    await waitFor(() => expect(second.live.state().outbox).toMatchObject([{ text: "Thrown away" }]));
    first.live.discard(first.live.state().outbox[0]!.clientId);
    second.live.outboxChanged();
    await waitFor(() => expect(second.live.state().outbox).toEqual([]));
  });
});
