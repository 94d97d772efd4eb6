/** From settings to how policy servers and address probes are asked (mta/reception). Pure. */

import { defaultPolicyClientSettings } from "../../../mta/reception/policy_client.ts";
import type { PolicyClientSettings } from "../../../mta/reception/policy_client.ts";
import type { VerifySettings } from "../../../mta/reception/verify.ts";
import { defaultVerifySettings } from "../../../mta/reception/verify.ts";

import type { Settings } from "../schema.ts";

export function policyClientSettings(settings: Settings): PolicyClientSettings {
  return {
    ...defaultPolicyClientSettings,
    timeoutMs: settings.smtpd_policy_service_timeout,
    tryLimit: settings.smtpd_policy_service_try_limit,
    retryDelayMs: settings.smtpd_policy_service_retry_delay,
    maxIdleMs: settings.smtpd_policy_service_max_idle,
    maxTtlMs: settings.smtpd_policy_service_max_ttl,
    requestLimit: settings.smtpd_policy_service_request_limit,
    policyContext: settings.smtpd_policy_service_policy_context,
    queueDirectory: settings.socket_directory,
  };
}

export function verifySettings(settings: Settings): VerifySettings {
  return {
    ...defaultVerifySettings,
    positiveExpireMs: settings.address_verify_positive_expire_time,
    positiveRefreshMs: settings.address_verify_positive_refresh_time,
    negativeExpireMs: settings.address_verify_negative_expire_time,
    negativeRefreshMs: settings.address_verify_negative_refresh_time,
    negativeCache: settings.address_verify_negative_cache,
    pollCount: settings.address_verify_poll_count,
    pollDelayMs: settings.address_verify_poll_delay,
  };
}
