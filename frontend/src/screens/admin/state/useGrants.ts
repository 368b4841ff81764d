/** The names of roles and of what they grant. Without an answer each is called by its id. */
import { computed, onMounted, shallowRef } from 'vue'
import { getRoles, type Matrix } from '@/api/admin'
import type { Words } from '@/api/types'
import { useWords } from '@/i18n'

/** What stands before a command in the scopes of a token. */
const COMMAND = 'command:'

export function useGrants() {
  const { say } = useWords()
  const matrix = shallowRef<Matrix | null>(null)
  const roles = computed(() => new Map<string, Words>(matrix.value?.roles.map(({ id, name }) => [id, name])))
  const grants = computed(() => {
    const all = [...(matrix.value?.permissions ?? []), ...(matrix.value?.commands ?? [])]
    return new Map<string, Words>(all.map(({ id, name }) => [id, name]))
  })
  onMounted(async () => {
    matrix.value = await getRoles().catch(() => null)
  })
  const roleName = (id: string): string => say(roles.value.get(id)) || id
  const grantName = (id: string): string => say(grants.value.get(id.replace(COMMAND, ''))) || id
  return { matrix, roleName, grantName }
}
