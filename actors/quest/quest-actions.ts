import type { GrowAgentHandlers } from "../kernel/action.ts";
import { wakeForWork } from "../stack/start.ts";
import { listQuests, questDetailOf } from "./quest.ts";
import { actOnQuest, previewQuest, questLibrary, startQuest } from "./quest-control.ts";

/** The growAgent's actions on quests. */
export const questActions = {
  questLibrary: (call) => questLibrary(call.self, call.requestId),
  questPreview: (call) => previewQuest(call.self, call.input, call.requestId),
  quests: (call) => listQuests(call.self.db, call.input),
  quest: (call) => questDetailOf(call.self.db, call.input.questId),
  questStart: (call) => wakeForWork("questStart", call, startQuest(call.self, call.input, call.key, call.requestId)),
  questAct: (call) => wakeForWork("questAct", call, actOnQuest(call.self, call.input, call.key, call.requestId)),
} satisfies Partial<GrowAgentHandlers>;
