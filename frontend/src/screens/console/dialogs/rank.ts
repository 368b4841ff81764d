/** Workers in the order in which a dispatcher would look at them. Pure. The rules' own choice is made by the server. */
import type { CaseView, WorkerView } from '@/api/types'
import { distanceM } from '@/map/geo'

export interface Ranked {
  worker: WorkerView
  distanceM: number | null
}

/** What one task in hand weighs against distance: about a kilometre. */
const TASK_M = 1_000

export function rankWorkers(workers: WorkerView[], item: CaseView): Ranked[] {
  const { lon, lat } = item.place
  const rows = workers.map((worker) => {
    const away = worker.point && lon !== null && lat !== null ? distanceM(worker.point, [lon, lat]) : null
    const group = (worker.on_duty ? 0 : 2) + (worker.department === item.department ? 0 : 1)
    return { worker, distanceM: away, group, cost: (away ?? 1e6) + worker.open_tasks * TASK_M }
  })
  return rows
    .sort((a, b) => a.group - b.group || a.cost - b.cost)
    .map(({ worker, distanceM: away }) => ({ worker, distanceM: away }))
}
