import { type Decision, type Proposal, sameProposal } from './register.ts';

/** Tells what a decision means for a proposal: the same operation with the same bytes has won, whoever sent it. */
export function outcomeOf(proposal: Proposal, decision: Decision): 'won' | 'lost' {
  return sameProposal(decision.proposal, proposal) ? 'won' : 'lost';
}

/**
 * What a writer is told who has waited in vain. Once anything was proposed it may yet take effect; before that nothing of it
 * ever will.
 */
export function outcomeInVain(isProposed: boolean): 'unknown' | 'refused' {
  return isProposed ? 'unknown' : 'refused';
}
