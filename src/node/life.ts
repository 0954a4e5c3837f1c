import { type Actor, type AnyActorRef, createActor } from 'xstate';
import type { MemberState } from '../events.ts';
import { type Child, type MemberMachineEvent, memberMachine } from '../machines/member.ts';
import type { MemberContext } from './context.ts';

/** The machine of a member, and the machines of its parts, which live for as long as it does. */
export class Life {
  /** Resolves once the member is over, in order or not. */
  readonly over: Promise<void>;
  readonly #children: readonly Child[];
  readonly #actor: Actor<typeof memberMachine>;
  #state: MemberState = 'joining';

  constructor({ clock, settings, emit }: MemberContext, children: readonly Child[]) {
    this.#children = children;
    const hear: typeof emit = (event) => {
      if (event.type === 'state') this.#state = event.state;
      emit(event);
    };
    const input = { emit: hear, drainTimeoutMs: settings.drainTimeoutMs, children };
    this.#actor = createActor(memberMachine, { clock, input });
    this.over = new Promise((complete) => {
      this.#actor.subscribe({ complete });
    });
  }

  get state(): MemberState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed';
  }

  /** Starts all machines, unless the member was told to stop before. */
  start(): void {
    this.#actor.start();
    if (this.isOver) return;
    for (const { id, attach } of this.#children) {
      const actor: AnyActorRef = this.#actor.system.get(id);
      // What a store or a peer says to a member that is over comes too late for its machines.
      attach({ send: (event) => this.isOver || actor.send(event) });
    }
  }

  send(event: MemberMachineEvent): void {
    if (!this.isOver) this.#actor.send(event);
  }
}
