import type { IconName } from '@/ui/Icon.vue'
import type { StepCommand } from '../state/steps'

/** What stands on the one large button. */
export const STEP_ICON: Record<StepCommand, IconName> = {
  accept: 'check',
  depart: 'arrow',
  arrive: 'pin',
  report_handled: 'flag',
  leave: 'logout',
}
