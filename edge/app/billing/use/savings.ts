import type { BillingOut } from "../../../../schema/billing/billing.ts";
import type { UsageOut } from "../../../../schema/billing/usage.ts";
import type { Id } from "../../../../schema/wire/id.ts";
import { judgeUse } from "./judge-use.ts";
import { sumOf } from "./use-words.ts";

/** What costs most and what makes it cheaper: a sentence, and where it is done. */
export type Saving = { text: string; where: "models" | "keys" | { quest: Id<"qst"> } };
const [leastMicros, mostSavings] = [100_000, 2];
/** Names of models that are small already. */
const smallModel = /mini|nano|haiku|flash|lite|demo/;
const toldShare = 30;

type SavingFacts = {
  billing: Pick<BillingOut, "model">;
  usage: Pick<UsageOut, "days" | "quests" | "models">;
  /** One that is not among them is not spoken of. */
  known: readonly { id: Id<"qst">; title: string }[];
};
/** At most two, and none where little was used; the rows of usage are the dearest first. */
export function listSavings({ billing: { model }, usage: { days, quests, models }, known }: SavingFacts): Saving[] {
  const cost = sumOf(models, (row) => row.costMicros);
  if (cost < leastMicros) return [];
  const shareOf = (row: { costMicros: number }) => Math.round((100 * row.costMicros) / cost);
  const savings: Saving[] = [];
  const [dearest] = models;
  if (dearest && shareOf(dearest) >= toldShare && !smallModel.test(dearest.model))
    savings.push({
      text: `${dearest.model} is ${shareOf(dearest)} percent of what models cost. For a kind of agents with simpler work, choose a smaller model.`,
      where: "models",
    });
  const [largest] = quests.filter((row) => row.quest !== null);
  const quest = known.find(({ id }) => id === largest?.quest);
  if (largest && quest && shareOf(largest) >= toldShare)
    savings.push({
      text: `The quest “${quest.title}” is ${shareOf(largest)} percent. Stop it where you no longer need it.`,
      where: { quest: quest.id },
    });
  const hasOwnKey = days.some((row) => row.ownMicros > 0);
  if (!hasOwnKey && judgeUse(model.usedMicros, model.limitMicros).standing !== "free")
    savings.push({
      text: "With a key of your own you pay the provider itself, and your plan's model time is not used.",
      where: "keys",
    });
  return savings.slice(0, mostSavings);
}
