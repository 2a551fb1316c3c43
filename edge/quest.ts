import { askedRoutes, asksActor } from "./actor/asked-route.ts";

/** Quests: seen whole before they are started; what they have become with every step's task and receipt. */
export const questRoutes = askedRoutes("Quests", {
  "GET /quests": asksActor(
    "quests",
    "Quests that were proposed or started, the newest first; `next` is the cursor of the page that follows",
    "A page of quests",
  ),
  "GET /quests/library": asksActor("questLibrary", "Quests that can be started, with their inputs and what they may touch", "The library"),
  "POST /quests/preview": asksActor(
    "questPreview",
    "What a quest is, may touch and would cost with these inputs; changes nothing",
    "The preview, or which inputs are missing",
    { description: "`quest` is a library id, or a project of one's own at a commit: `projects/<name>[/<folder>]@<full hash>`." },
  ),
  "POST /quests": asksActor("questStart", "Start a quest", "Started; its events tell how it goes", { status: 201 }),
  "GET /quests/{questId}": asksActor("quest", "One quest: its values, and each step with its tasks and receipts", "The quest"),
  "POST /quests/{questId}/{act}": asksActor(
    "questAct",
    "Start one that was proposed; pause, resume or cancel one that runs",
    "The quest after it",
    { description: "`resume` also takes up one that has failed: its failed steps are tried again." },
  ),
});
