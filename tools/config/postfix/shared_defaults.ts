/**
 * Postfix's parameters and their defaults, by default: what a main.cf means that does not name them (postconf(5)).
 * Those with a default of their own are in `own_defaults.ts`.
 */

/** A default, and the names that have it. */
export const sharedDefaults: readonly (readonly [value: string, names: string])[] = [
  [
    "",
    `
    always_bcc best_mx_transport body_checks bounce_template_file canonical_maps
    command_execution_directory content_filter cyrus_sasl_config_path default_delivery_status_filter
    default_filter_nexthop defer_transports fallback_relay fallback_transport fallback_transport_maps
    header_checks home_mailbox internal_mail_filter_classes lmtp_discard_lhlo_keyword_address_maps
    lmtp_discard_lhlo_keywords lmtp_fallback_relay local_command_shell luser_relay mailbox_command
    mailbox_command_maps mailbox_transport mailbox_transport_maps maps_rbl_domains masquerade_domains
    masquerade_exceptions master_service_disable message_reject_characters message_strip_characters
    milter_header_checks milter_macro_defaults milter_unknown_command_macros nis_domain non_smtpd_milters
    permit_mx_backup_networks postscreen_command_filter postscreen_dnsbl_reply_map postscreen_dnsbl_sites
    postscreen_upstream_proxy_protocol proxy_interfaces qmqpd_authorized_clients rbl_reply_maps
    receive_override_options recipient_bcc_maps recipient_canonical_maps recipient_delimiter
    relay_clientcerts relay_recipient_maps relayhost relocated_maps remote_header_rewrite_domain
    sender_bcc_maps sender_canonical_maps sender_dependent_default_transport_maps
    sender_dependent_relayhost_maps smtp_bind_address smtp_bind_address6 smtp_body_checks
    smtp_connection_cache_destinations smtp_discard_ehlo_keyword_address_maps smtp_discard_ehlo_keywords
    smtp_dns_reply_filter smtp_dns_resolver_options smtp_dns_support_level smtp_generic_maps
    smtp_header_checks smtp_mime_header_checks smtp_nested_header_checks smtp_pix_workaround_maps
    smtp_reply_filter smtp_sasl_auth_cache_name smtp_sasl_mechanism_filter smtp_sasl_password_maps
    smtp_sasl_path smtp_tls_CAfile smtp_tls_CApath smtp_tls_cert_file smtp_tls_chain_files
    smtp_tls_dcert_file smtp_tls_eccert_file smtp_tls_exclude_ciphers smtp_tls_fingerprint_cert_match
    smtp_tls_mandatory_exclude_ciphers smtp_tls_per_site smtp_tls_policy_maps smtp_tls_security_level
    smtp_tls_servername smtp_tls_session_cache_database smtp_tls_trust_anchor_file smtp_tlsrpt_socket_name
    smtpd_authorized_xclient_hosts smtpd_authorized_xforward_hosts
    smtpd_client_connection_limit_exceptions smtpd_client_restrictions smtpd_command_filter
    smtpd_data_restrictions smtpd_discard_ehlo_keyword_address_maps smtpd_discard_ehlo_keywords
    smtpd_dns_reply_filter smtpd_end_of_data_restrictions smtpd_etrn_restrictions smtpd_helo_restrictions
    smtpd_log_access_permit_actions smtpd_milter_maps smtpd_milters smtpd_noop_commands
    smtpd_policy_service_policy_context smtpd_proxy_filter smtpd_proxy_options
    smtpd_recipient_restrictions smtpd_reject_filter_maps smtpd_reject_footer smtpd_reject_footer_maps
    smtpd_restriction_classes smtpd_sasl_exceptions_networks smtpd_sasl_local_domain
    smtpd_sender_login_maps smtpd_sender_restrictions smtpd_tls_CAfile smtpd_tls_CApath
    smtpd_tls_cert_file smtpd_tls_chain_files smtpd_tls_dcert_file smtpd_tls_dh1024_param_file
    smtpd_tls_dh512_param_file smtpd_tls_eccert_file smtpd_tls_exclude_ciphers
    smtpd_tls_mandatory_exclude_ciphers smtpd_tls_security_level smtpd_tls_session_cache_database
    smtpd_upstream_proxy_protocol stress tls_config_name tls_disable_workarounds tls_server_sni_maps
    tls_ssl_options transport_maps undisclosed_recipients_header unverified_recipient_reject_reason
    unverified_sender_reject_reason use_srv_lookup virtual_gid_maps virtual_mailbox_base
    virtual_mailbox_maps virtual_maps virtual_uid_maps
    `,
  ],
  [
    "no",
    `
    allow_min_user allow_srv_lookup_fallback allow_untrusted_routing always_add_missing_headers
    broken_sasl_auth_clients confirm_delay_cleared daemon_table_open_error_is_fatal
    destination_concurrency_feedback_debug disable_dns_lookups disable_mime_input_processing
    disable_mime_output_conversion disable_verp_bounces disable_vrfy_command dns_ncache_ttl_fix_enable
    enable_idna2003_compatibility enable_long_queue_ids enable_threaded_bounces expand_owner_alias
    force_mime_input_conversion ignore_mx_lookup_error ignore_srv_lookup_error lmtp_assume_final
    lmtp_skip_quit_response postscreen_bare_newline_enable postscreen_non_smtp_command_enable
    postscreen_pipelining_enable qmqpd_client_port_logging require_home_directory reset_owner_alias
    resolve_null_domain resolve_numeric_domain send_cyrus_sasl_authzid smtp_bind_address_enforce
    smtp_cname_overrides_servername smtp_defer_if_no_mx_address_found smtp_enforce_tls
    smtp_never_send_ehlo smtp_sasl_auth_enable smtp_send_dummy_mail_auth smtp_send_xforward_command
    smtp_sender_dependent_authentication smtp_tls_block_early_mail_reply smtp_tls_connection_reuse
    smtp_tls_force_insecure_host_tlsa_lookup smtp_tls_note_starttls_offer smtp_tls_wrappermode
    smtp_tlsrpt_enable smtp_use_tls smtpd_client_port_logging smtpd_enforce_tls smtpd_helo_required
    smtpd_hide_client_session smtpd_reject_unlisted_sender smtpd_sasl_auth_enable
    smtpd_sasl_authenticated_header smtpd_tls_ask_ccert smtpd_tls_auth_only smtpd_tls_received_header
    smtpd_tls_req_ccert smtpd_tls_wrappermode smtpd_use_tls soft_bounce strict_7bit_headers
    strict_8bitmime strict_8bitmime_body strict_mime_encoding_domain strict_rfc821_envelopes
    strict_smtputf8 sun_mailtool_compatibility tls_append_default_CA tls_legacy_public_key_fingerprints
    tls_preempt_cipherlist
    `,
  ],
  [
    "yes",
    `
    address_verify_negative_cache allow_percent_hack append_at_myorigin
    backwards_bounce_logfile_compatibility biff cleanup_replace_stray_cr_lf detect_8bit_encoding_header
    enable_original_recipient frozen_delivered_to helpful_warnings owner_request_special requiretls_enable
    resolve_dequoted_address show_user_unknown_table_name smtp_always_send_ehlo
    smtp_balance_inet_protocols smtp_connection_cache_on_demand smtp_quote_rfc821_envelope
    smtp_randomize_addresses smtp_sasl_auth_soft_bounce smtp_skip_5xx_greeting smtp_skip_quit_response
    smtp_tls_enforce_peername smtp_tls_enforce_sts_mx_patterns smtp_tlsrpt_skip_reused_handshakes
    smtpd_delay_open_until_valid_rcpt smtpd_delay_reject smtpd_forbid_unauth_pipelining
    smtpd_peername_lookup smtpd_reject_unlisted_recipient smtpd_tls_always_issue_session_ids
    strict_mailbox_ownership swap_bangpath tls_fast_shutdown_enable tls_required_enable
    tls_wildcard_matches_multiple_labels
    `,
  ],
  [
    "0",
    `
    compatibility_level dont_remove fault_injection_code queue_minfree smtp_connection_reuse_count_limit
    smtp_tls_loglevel smtpd_client_auth_rate_limit smtpd_client_connection_rate_limit
    smtpd_client_message_rate_limit smtpd_client_new_tls_session_rate_limit
    smtpd_client_recipient_rate_limit smtpd_policy_service_request_limit smtpd_tls_loglevel tcp_windowsize
    `,
  ],
  [
    "300s",
    `
    lmtp_lhlo_timeout milter_content_timeout minimal_backoff_time qmgr_clog_warn_time qmqpd_timeout
    queue_run_delay smtp_connection_reuse_time_limit smtp_helo_timeout smtp_mail_timeout smtp_quit_timeout
    smtp_rcpt_timeout smtp_starttls_timeout smtp_xforward_timeout smtpd_policy_service_max_idle
    `,
  ],
  [
    "450",
    `
    access_map_defer_code defer_code plaintext_reject_code unknown_address_reject_code
    unknown_client_reject_code unknown_hostname_reject_code unverified_recipient_defer_code
    unverified_recipient_reject_code unverified_sender_defer_code unverified_sender_reject_code
    `,
  ],
  [
    "1000",
    `
    default_extra_recipient_limit duplicate_filter_limit smtpd_recipient_limit
    smtpd_recipient_overshoot_limit virtual_alias_address_length_limit virtual_alias_expansion_limit
    virtual_alias_recursion_limit
    `,
  ],
  [
    "100",
    `
    default_process_limit default_recipient_refill_limit mime_nesting_limit qmgr_fudge_factor
    queue_file_attribute_count_limit smtpd_history_flush_threshold virtual_minimum_uid
    `,
  ],
  [
    "1",
    `
    default_destination_concurrency_failed_cohort_limit default_destination_concurrency_negative_feedback
    default_destination_concurrency_positive_feedback hash_queue_depth local_destination_recipient_limit
    postscreen_dnsbl_threshold
    `,
  ],
  [
    "550",
    `
    multi_recipient_bounce_reject_code smtpd_forbid_bare_newline_reject_code
    unknown_local_recipient_reject_code unknown_relay_recipient_reject_code
    unknown_virtual_alias_reject_code unknown_virtual_mailbox_reject_code
    `,
  ],
  [
    "0s",
    `
    address_verify_sender_ttl default_destination_rate_delay default_transport_rate_delay
    dnsblog_reply_delay lmtp_connect_timeout
    `,
  ],
  [
    "60s",
    `
    anvil_rate_time_unit postscreen_dnsbl_min_ttl qmgr_ipc_timeout service_throttle_time
    transport_retry_time
    `,
  ],
  [
    "1s",
    `
    deliver_lock_delay in_flow_delay qmqpd_error_delay smtpd_error_sleep_time
    smtpd_policy_service_retry_delay
    `,
  ],
  [
    "$myhostname",
    `
    lmtp_lhlo_name milter_macro_daemon_name myorigin smtp_helo_name smtpd_proxy_ehlo
    `,
  ],
  [
    "postmaster",
    `
    2bounce_notice_recipient bounce_notice_recipient delay_notice_recipient error_notice_recipient
    `,
  ],
  [
    "554",
    `
    access_map_reject_code maps_rbl_reject_code reject_code relay_domains_reject_code
    `,
  ],
  [
    "5s",
    `
    connection_cache_protocol_timeout default_recipient_refill_delay postscreen_upstream_proxy_timeout
    smtpd_upstream_proxy_timeout
    `,
  ],
  [
    "50",
    `
    default_delivery_slot_discount default_destination_recipient_limit hopcount_limit
    smtpd_client_connection_count_limit
    `,
  ],
  [
    "2",
    `
    delay_logging_resolution_limit local_destination_concurrency_limit smtp_mx_session_limit
    smtpd_policy_service_try_limit
    `,
  ],
  [
    "<>",
    `
    empty_address_default_transport_maps_lookup_key empty_address_local_login_sender_maps_lookup_key
    empty_address_relayhost_maps_lookup_key smtpd_null_access_lookup_key
    `,
  ],
  [
    "10s",
    `
    postscreen_dnsbl_timeout postscreen_watchdog_timeout smtp_pix_workaround_delay_time
    tlsproxy_watchdog_timeout
    `,
  ],
  [
    "medium",
    `
    smtp_tls_ciphers smtp_tls_mandatory_ciphers smtpd_tls_ciphers smtpd_tls_mandatory_ciphers
    `,
  ],
  [
    ">=TLSv1",
    `
    smtp_tls_mandatory_protocols smtp_tls_protocols smtpd_tls_mandatory_protocols smtpd_tls_protocols
    `,
  ],
  [
    "3600s",
    `
    smtp_tls_session_cache_timeout smtpd_tls_session_cache_timeout tls_random_prng_update_period
    tls_random_reseed_period
    `,
  ],
  [
    "$reject_tempfail_action",
    `
    unknown_address_tempfail_action unknown_helo_hostname_tempfail_action
    unverified_recipient_tempfail_action unverified_sender_tempfail_action
    `,
  ],
  [
    "12h",
    `
    address_verify_cache_cleanup_interval fast_flush_refresh_time postscreen_cache_cleanup_interval
    `,
  ],
  [
    "7d",
    `
    address_verify_positive_refresh_time fast_flush_purge_time postscreen_cache_retention_time
    `,
  ],
  [
    "600s",
    `
    anvil_status_update_time connection_cache_status_update_time smtp_data_done_timeout
    `,
  ],
  [
    "static:anyone",
    `
    authorized_flush_users authorized_mailq_users authorized_submit_users
    `,
  ],
  [
    "1000s",
    `
    command_time_limit qmgr_daemon_timeout smtpd_policy_service_max_ttl
    `,
  ],
  [
    "5",
    `
    default_delivery_slot_cost initial_destination_concurrency smtp_mx_address_limit
    `,
  ],
  [
    "20",
    `
    default_destination_concurrency_limit deliver_lock_attempts postscreen_command_count_limit
    `,
  ],
  [
    "20000",
    `
    default_recipient_limit qmgr_message_active_limit qmgr_message_recipient_limit
    `,
  ],
  [
    "smtp",
    `
    default_transport smtp_tcp_port smtpd_sasl_service
    `,
  ],
  [
    "30s",
    `
    milter_command_timeout milter_connect_timeout smtp_connect_timeout
    `,
  ],
  [
    "i",
    `
    milter_data_macros milter_end_of_data_macros milter_end_of_header_macros
    `,
  ],
  [
    "ignore",
    `
    postscreen_bare_newline_action postscreen_dnsbl_action postscreen_greet_action
    `,
  ],
  [
    "30d",
    `
    postscreen_bare_newline_ttl postscreen_non_smtp_command_ttl postscreen_pipelining_ttl
    `,
  ],
  [
    "${stress?{10}:{300}}s",
    `
    postscreen_command_time_limit smtpd_starttls_timeout smtpd_timeout
    `,
  ],
  [
    "32",
    `
    smtpd_client_ipv4_prefix_length tls_daemon_random_bytes tls_random_bytes
    `,
  ],
];

/** For each transport of master.cf: the names behind its own name and `_`, and their defaults. */
export const transportDefaults: Readonly<Record<string, string>> = {
  delivery_slot_cost: "$default_delivery_slot_cost",
  delivery_slot_discount: "$default_delivery_slot_discount",
  delivery_slot_loan: "$default_delivery_slot_loan",
  delivery_status_filter: "$default_delivery_status_filter",
  destination_concurrency_failed_cohort_limit: "$default_destination_concurrency_failed_cohort_limit",
  destination_concurrency_limit: "$default_destination_concurrency_limit",
  destination_concurrency_negative_feedback: "$default_destination_concurrency_negative_feedback",
  destination_concurrency_positive_feedback: "$default_destination_concurrency_positive_feedback",
  destination_rate_delay: "$default_destination_rate_delay",
  destination_recipient_limit: "$default_destination_recipient_limit",
  extra_recipient_limit: "$default_extra_recipient_limit",
  initial_destination_concurrency: "$initial_destination_concurrency",
  minimum_delivery_slots: "$default_minimum_delivery_slots",
  recipient_limit: "$default_recipient_limit",
  recipient_refill_delay: "$default_recipient_refill_delay",
  recipient_refill_limit: "$default_recipient_refill_limit",
  time_limit: "$command_time_limit",
  transport_rate_delay: "$default_transport_rate_delay",
};

/** Of Postfix's own installation, processes and log: without a meaning here, whatever they say. */
export const installationNames = `
    alternate_config_directories application_event_drain_time command_directory config_directory
    daemon_directory daemon_timeout data_directory debug_peer_level debug_peer_list debugger_command
    export_environment fork_attempts fork_delay html_directory import_environment ipc_idle ipc_timeout
    ipc_ttl known_tcp_ports mail_owner mail_release_date maillog_file_compressor maillog_file_permissions
    maillog_file_prefixes maillog_file_rotate_suffix mailq_path manpage_directory max_idle max_use
    meta_directory multi_instance_directories multi_instance_enable multi_instance_group
    multi_instance_name multi_instance_wrapper newaliases_path openssl_path postlog_service_name
    postlogd_watchdog_timeout process_id process_id_directory process_name proxy_read_maps
    proxy_write_maps proxymap_service_name proxywrite_service_name queue_directory readme_directory
    sample_directory sendmail_path service_name setgid_group shlib_directory
    trigger_timeout
`;
