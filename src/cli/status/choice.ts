import { BadInputError, UnavailableError } from '../../contract/errors.ts';
import type { ServiceStatus } from '../../contract/status.ts';

/**
 * Picks the answers of one prefix and one cluster: what two clusters say is never put together.
 * @param cluster the name of the cluster; undefined for the only one there is.
 * @throws BadInputError where several answered and none was named; UnavailableError where the one that is meant did not.
 */
export function answersOf(all: readonly ServiceStatus[], prefix: string, cluster: string | undefined): ServiceStatus[] {
  const onPrefix = all.filter((answer) => answer.prefix === prefix);
  const clusters = namesOf(onPrefix.map((answer) => answer.cluster));
  if (cluster === undefined && clusters.length > 1) {
    throw new BadInputError(
      `Members of several clusters answered on the prefix ${prefix}, which belongs to one: choose one with --cluster (${clusters.join(', ')}).`,
    );
  }
  const answers = onPrefix.filter((answer) => cluster === undefined || answer.cluster === cluster);
  if (answers.length === 0) throw nobody(all, prefix, cluster);
  return answers;
}

function nobody(all: readonly ServiceStatus[], prefix: string, cluster: string | undefined): UnavailableError {
  const whose = cluster === undefined ? 'No member' : `No member of the cluster ${cluster}`;
  const others = namesOf(all.map((answer) => `--prefix ${answer.prefix} --cluster ${answer.cluster}`));
  const elsewhere = others.length === 0 ? '' : ` Others did: ${others.join('; ')}.`;
  return new UnavailableError(
    `${whose} answered on the prefix ${prefix}: NATS is there, but the service is not.${elsewhere} What was written is on the members' disks; start them with \`stele node\`, or a whole cluster with \`stele dev\`.`,
  );
}

function namesOf(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
