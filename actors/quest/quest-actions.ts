import type { z } from "zod";
import { questActionShapes as shapes } from "../../schema/quest/quest-api.ts";
import type { Self } from "../kernel/self.ts";
import { lifting } from "../stack/start.ts";
import { listQuests, questDetailOf } from "./quest.ts";
import { actOnQuest, previewQuest, questLibrary, startQuest } from "./quest-control.ts";

type Call<I> = { self: Self; input: I; key: string; requestId: string };
type Make = <S extends z.ZodType, T>(
  name: keyof typeof shapes,
  shape: S,
  act: (call: Call<z.infer<S>>) => Promise<T>,
) => (c: unknown, argument?: unknown) => Promise<T>;

/** The growAgent's actions on quests. */
export function questActions(action: Make) {
  return {
    questLibrary: action("questLibrary", shapes.questLibrary.in, (of) => questLibrary(of.self, of.requestId)),
    questPreview: action("questPreview", shapes.questPreview.in, (of) => previewQuest(of.self, of.input, of.requestId)),
    quests: action("quests", shapes.quests.in, (of) => listQuests(of.self.db, of.input)),
    quest: action("quest", shapes.quest.in, (of) => questDetailOf(of.self.db, of.input.questId)),
    questStart: action("questStart", shapes.questStart.in, (of) =>
      lifting(of.self, true, startQuest(of.self, of.input, of.key, of.requestId), of.requestId),
    ),
    questAct: action("questAct", shapes.questAct.in, (of) => {
      const asks = of.input.act === "start" || of.input.act === "resume";
      return lifting(of.self, asks, actOnQuest(of.self, of.input, of.key, of.requestId), of.requestId);
    }),
  };
}
