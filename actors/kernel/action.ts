import type { ActionAudience, ActionContract, ContractActorInput, ContractActorOutput, GrowActions } from "../../schema/actions.ts";
import { callEnvelope } from "../../schema/agent/grow-agent.ts";
import { invalidInput } from "../../schema/wire/error.ts";
import { requireCaller } from "./auth.ts";
import { mendInput, mendOutput, toUserError } from "./context.ts";
import { runnerTraces } from "./runner-traces.ts";
import type { Admitted, Connection, Self, World } from "./self.ts";

/**
 * One call of an action: its parsed input and, of its envelope, the key and the request. `self` is the
 * actor's context.
 */
export type ActionCall<Input, S = Self, C = Connection> = { self: S; input: Input; key: string; requestId: string; connection: C };
/**
 * A function for each action of a contract: a missing one, or one that returns another shape, does not
 * compile.
 */
export type ActionHandlers<C extends ActionContract, S = Self, K = Connection> = {
  [A in keyof C]: (call: ActionCall<ContractActorInput<C[A]>, S, K>) => Promise<ContractActorOutput<C[A]>>;
};
export type GrowAgentHandlers = ActionHandlers<GrowActions>;

type Actor<N extends string, S, K> = {
  world: World;
  /** What the log calls an action of this actor. */
  title?: string;
  self: (context: unknown) => S;
  /** Before the input is read. */
  admit?: (name: N, self: S, connection: K) => void;
  /** Before the handler runs. */
  check?: (name: N, call: ActionCall<unknown, S, K>) => Promise<void>;
  /** Runs both. */
  around?: <T>(name: N, call: ActionCall<unknown, S, K>, run: () => Promise<T>) => Promise<T>;
};
type Registered = (context: unknown, argument?: unknown) => Promise<unknown>;

/**
 * What Rivet Kit registers: each action checks its caller and its input, and fails with a code and a text for
 * people.
 */
export function registerActions<C extends ActionContract, S, K extends { state: Admitted }>(
  contract: C,
  handlers: ActionHandlers<C, S, K>,
  { world, title = "", self: selfOf, admit, check, around }: Actor<keyof C & string, S, K>,
): Record<keyof C & string, Registered> {
  const register = (name: keyof C & string): Registered => {
    const { in: shape, for: audience } = contract[name] as C[keyof C & string];
    return async (context, argument) => {
      const head = callEnvelope.safeParse(argument);
      const requestId = head.success ? head.data.requestId : "";
      try {
        const { conn: connection } = context as { conn?: K };
        requireCaller(connection?.state, name, audience as readonly ActionAudience[], Date.now());
        const self = selfOf(context);
        admit?.(name, self, connection as K);
        if (!head.success) throw invalidInput(head.error);
        const parsed = shape.safeParse(mendInput((argument as { input?: unknown }).input));
        if (!parsed.success) throw invalidInput(parsed.error);
        const call = {
          self,
          input: parsed.data as ContractActorInput<C[typeof name]>,
          key: head.data.key,
          requestId,
          connection: connection as K,
        };
        const handled = async () => {
          await check?.(name, call);
          return handlers[name](call);
        };
        const begin = { requestId, name: `action ${title}${name}`, kind: "server", parentId: head.data.span } as const;
        return mendOutput(await runnerTraces.run(begin, () => (around ? around(name, call, handled) : handled())));
      } catch (error) {
        throw toUserError(world, error, requestId, title + name);
      }
    };
  };
  const names = Object.keys(contract) as (keyof C & string)[];
  return Object.fromEntries(names.map((name) => [name, register(name)])) as Record<keyof C & string, Registered>;
}
