import { egressUse } from "../../schema/stack/egress-use.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { relayToHost } from "./relay-client.ts";

export const egressRoutes = newApp().openapi(
  memberDoor({
    method: "get",
    path: "/egress",
    tags: ["OpenCode"],
    summary: "What your agents asked of the internet, by name and day, and how much of today's volume is used",
    responses: { 200: jsonAnswer("The use of a month, the newest day first", egressUse.meta({ id: "EgressUse" })), ...refusalAnswers },
  }),
  async (c) => {
    const { db, config, member, requestId } = c.var;
    const answer = await relayToHost(config, db, { member: member.id, path: "/egress", requestId });
    return c.json(egressUse.parse(await answer.json()), 200);
  },
);
