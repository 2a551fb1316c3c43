import { z } from "zod";
import { type ModelChoice, type ModelChoicesOut, modelChoice } from "../../../schema/provider/model-choice.ts";
import { providerTitles } from "../../../schema/provider/provider-key.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { useAgentTypes } from "../agent/agent-types.tsx";
import { restCall } from "../live/api.ts";
import { useRest } from "../live/use-action.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { useModelChoices, useProviderKeysChanged } from "./provider.ts";

/** By which key and model each kind of agents works. A change counts from its next call on. */
export function ModelChoices() {
  const query = useModelChoices();
  const kinds = useAgentTypes();
  const rows = [
    { id: "grow", title: "Grow Agent", alias: "standard" as const },
    ...(kinds.data?.types ?? []).map(({ id, title, model }) => ({ id, title, alias: model })),
  ];
  return (
    <section aria-label="Models by kind of agent">
      <h2>Models</h2>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      {query.isPending && <p className="sub s13">Reading</p>}
      {query.data && (
        <ul className="rules" aria-label="Models">
          {rows.map(({ id, title, alias }) => (
            <ChoiceRow key={id} type={id} title={title} standard={query.data.standard[alias]} choices={query.data} />
          ))}
        </ul>
      )}
    </section>
  );
}

const choiceName = ({ paidBy, provider, model }: ModelChoice) => `${paidBy} ${provider} ${model}`;
function readName(name: string): ModelChoice | undefined {
  const [paidBy, provider, model] = name.split(" ");
  return modelChoice.safeParse({ paidBy, provider, model }).data;
}
const answerShape = z.union([modelChoice.extend({ type: z.string() }), removedOut]);

type RowProps = { type: string; title: string; standard: string; choices: ModelChoicesOut };
function ChoiceRow({ type, title, standard, choices }: RowProps) {
  const change = useRest(answerShape);
  const changed = useProviderKeysChanged("own");
  const chosen = choices.choices.find((choice) => choice.type === type);
  const now = chosen ? choiceName(chosen) : "";
  const offered = choices.offered.some(
    ({ paidBy, provider, models }) =>
      chosen && choiceName(chosen) === choiceName({ paidBy, provider, model: models.find((model) => model === chosen.model) ?? "?" }),
  );
  const choose = (name: string) => {
    if (change.isPending) return;
    const params = { path: { type } };
    const body = readName(name);
    const call = body ? restCall("PUT", "/models/{type}", { params, body }) : restCall("DELETE", "/models/{type}", { params });
    change.mutate(call, { onSettled: changed });
  };
  return (
    <li className="wrap">
      <div className="grow">
        <b className="med">{title}</b>
        {chosen?.paidBy === "member" && offered && <p className="s12 sub">By your own key: it costs your plan nothing.</p>}
        {chosen && !offered && (
          <p className="s12 sub">
            You can't use {chosen.model} now, so {standard} answers in its place.
          </p>
        )}
        {change.isError && (
          <p className="s12 c-bad" role="alert">
            <Refusal error={change.error}> Nothing was changed.</Refusal>
          </p>
        )}
      </div>
      <select
        className="inp"
        aria-label={`Model of ${title}`}
        value={now}
        aria-disabled={change.isPending}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">The platform's choice: {standard}</option>
        {chosen && !offered && <option value={now}>{chosen.model} (not offered any more)</option>}
        {choices.offered.map(({ paidBy, provider, models }) => (
          <optgroup
            key={`${paidBy} ${provider}`}
            label={`${paidBy === "member" ? "Your key" : "The platform"}: ${providerTitles[provider]}`}
          >
            {models.map((model) => (
              <option key={model} value={choiceName({ paidBy, provider, model })}>
                {model}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </li>
  );
}
