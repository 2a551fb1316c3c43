import type { GrowAgentHandlers } from "../kernel/action.ts";
import { wakeIfHeld } from "../stack/start.ts";
import { listQuests, questDetailOf } from "./quest.ts";
import { actOnQuest, previewQuest, questLibrary, startQuest } from "./quest-control.ts";

/** The growAgent's actions on quests. */
export const questActions = {
  questLibrary: (of) => questLibrary(of.self, of.requestId),
  questPreview: (of) => previewQuest(of.self, of.input, of.requestId),
  quests: (of) => listQuests(of.self.db, of.input),
  quest: (of) => questDetailOf(of.self.db, of.input.questId),
  questStart: (of) => wakeIfHeld(of.self, true, startQuest(of.self, of.input, of.key, of.requestId), of.requestId),
  questAct: (of) => {
    const asks = of.input.act === "start" || of.input.act === "resume";
    return wakeIfHeld(of.self, asks, actOnQuest(of.self, of.input, of.key, of.requestId), of.requestId);
  },
} satisfies Partial<GrowAgentHandlers>;
