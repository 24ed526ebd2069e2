// What pages ask of incidents and severity, and what people do about an incident.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import * as api from './client.ts';

const below = (product: string, ...parts: string[]) => ['', 'products', product, ...parts].map((part, at) => (at === 0 ? part : encodeURIComponent(part))).join('/');
const EVERY_MS = 5_000;
// Closed ones beyond these are history that reports are for.
const MOST_INCIDENTS = 1_000;

export const incidentsPath = (product: string, state: 'open' | 'all') => `${below(product, 'incidents')}${state === 'open' ? '?state=open' : ''}`;

export const useIncidents = (product: string, state: 'open' | 'all') =>
  useQuery({
    queryKey: ['live', 'incidents', product, state],
    queryFn: ({ signal }) => api.askAll<api.Incident>(incidentsPath(product, state), signal, MOST_INCIDENTS),
    enabled: product !== '',
    refetchInterval: EVERY_MS,
  });

export const useIncident = (product: string, incident: string) =>
  useQuery({
    queryKey: ['live', 'incident', product, incident],
    queryFn: ({ signal }) => api.ask<api.IncidentDetail>(below(product, 'incidents', incident), signal),
    refetchInterval: EVERY_MS,
  });

export const reportPath = (product: string, incident: string) => `${api.API}${below(product, 'incidents', incident, 'report')}`;

export const useSeverity = (product: string) =>
  useQuery({
    queryKey: ['live', 'severity', product],
    queryFn: ({ signal }) => api.askAll<api.SeverityItem>(below(product, 'severity'), signal),
  });

export type Deed = { verb: 'acknowledge' | 'note' | 'override' | 'remove-override' | 'resolve'; body: object };

// Does something about an incident; what is shown of it is asked for again at once.
export function useDeed(product: string, incident: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, body }: Deed) => api.command<unknown>(`${below(product, 'incidents', incident)}/${verb}`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['live'] }),
  });
}
