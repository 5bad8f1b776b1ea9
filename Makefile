.POSIX:
# smtpd-mix.  Works with GNU make and BSD make alike; "make" is enough: it runs
# configure by itself.
#
#	make			the three programs, in place
#	make SANITIZE=1		the same with ASan and UBSan; also for check
#	make check		tests; installs what is missing
#	make valgrind		the library's tests under valgrind
#	make demo [MAIL=file]	five mixes on this machine, a mail through them
#	make fuzz FUZZER=name	a libFuzzer program from regress/fuzz
#	make bench, install, lint, clean, distclean

VERSION=	0.1

# For the command line only: an environment may have a MAIL of its own.
SANITIZE=
MAIL=
FUZZER=

# Set by configure.
-include config.mk

#
# What there is.  One file a line.
#
LIB_SRCS= \
	$(COMPAT_SRCS) \
	lib/compat/clock.c \
	lib/compat/confine.c \
	lib/compat/locked.c \
	lib/compat/rng_system.c \
	lib/compat/users.c \
	lib/compat/x25519.c \
	lib/dns/anchor.c \
	lib/dns/answer.c \
	lib/dns/order.c \
	lib/dns/rdata.c \
	lib/fetch/fetch.c \
	lib/fetch/fetch_event.c \
	lib/fetch/target.c \
	lib/fetch/transfer.c \
	lib/hkp/index.c \
	lib/hkp/server.c \
	lib/hkp/strip.c \
	lib/hkp/survey.c \
	lib/hkp/survey_cert.c \
	lib/hkp/survey_text.c \
	lib/hkp/survey_words.c \
	lib/ipc/proto.c \
	lib/mail/address.c \
	lib/mail/dsn.c \
	lib/mail/header.c \
	lib/mail/lines.c \
	lib/mail/netaddr.c \
	lib/mail/sts.c \
	lib/mixing/clock.c \
	lib/mixing/dummy.c \
	lib/mixing/moments.c \
	lib/mixing/pool.c \
	lib/mixing/replayset.c \
	lib/mixing/rng.c \
	lib/mixing/siphash.c \
	lib/mixtasy/inner.c \
	lib/mixtasy/message.c \
	lib/mixtasy/parts.c \
	lib/mixtasy/parts_cut.c \
	lib/mixtasy/path.c \
	lib/mixtasy/path_draw.c \
	lib/mixtasy/peel.c \
	lib/mixtasy/reason.c \
	lib/mixtasy/roster.c \
	lib/mixtasy/roster_add.c \
	lib/mixtasy/roster_trust.c \
	lib/mixtasy/roster_uid.c \
	lib/mixtasy/roster_walk.c \
	lib/mixtasy/seal.c \
	lib/mixtasy/verification.c \
	lib/openpgp/armor.c \
	lib/openpgp/cert.c \
	lib/openpgp/cert_write.c \
	lib/openpgp/certification.c \
	lib/openpgp/component.c \
	lib/openpgp/crc24.c \
	lib/openpgp/curve.c \
	lib/openpgp/key.c \
	lib/openpgp/packet.c \
	lib/openpgp/pkesk_ecdh.c \
	lib/openpgp/pkesk_rsa.c \
	lib/openpgp/request.c \
	lib/openpgp/rsa.c \
	lib/openpgp/seccert.c \
	lib/openpgp/seckey.c \
	lib/openpgp/sed.c \
	lib/openpgp/sed_repeat.c \
	lib/openpgp/session.c \
	lib/openpgp/sigmake.c \
	lib/openpgp/signature.c \
	lib/openpgp/sigpacket.c \
	lib/openpgp/wire.c \
	lib/smtp/client.c \
	lib/smtp/client_auth.c \
	lib/smtp/dane.c \
	lib/smtp/reply.c \
	lib/smtp/server.c \
	lib/smtp/server_command.c \
	lib/smtp/server_text.c \
	lib/spool/check.c \
	lib/spool/checksum.c \
	lib/spool/disk_dry.c \
	lib/spool/disk_posix.c \
	lib/spool/format.c \
	lib/spool/free_map.c \
	lib/spool/grow.c \
	lib/spool/open.c \
	lib/spool/recovery.c \
	lib/spool/replaylog.c \
	lib/spool/slot.c \
	lib/spool/slot_io.c \
	lib/spool/spool.c \
	lib/spool/super.c \
	lib/spool/trim.c

SMTPD_MIX_SRCS= \
	$(SANDBOX_SRC) \
	smtpd-mix/channel.c \
	smtpd-mix/child.c \
	smtpd-mix/clockwatch.c \
	smtpd-mix/conf.c \
	smtpd-mix/conf_auth.c \
	smtpd-mix/conf_check.c \
	smtpd-mix/conf_lex.c \
	smtpd-mix/conf_local.c \
	smtpd-mix/conf_names.c \
	smtpd-mix/conf_print.c \
	smtpd-mix/conf_reload.c \
	smtpd-mix/conf_resolver.c \
	smtpd-mix/conf_route.c \
	smtpd-mix/conf_scalar.c \
	smtpd-mix/conf_send.c \
	smtpd-mix/conf_set.c \
	smtpd-mix/conf_users.c \
	smtpd-mix/control.c \
	smtpd-mix/crypto.c \
	smtpd-mix/deliver.c \
	smtpd-mix/deliver_lmtp.c \
	smtpd-mix/directory.c \
	smtpd-mix/directory_ask.c \
	smtpd-mix/directory_cache.c \
	smtpd-mix/directory_ctl.c \
	smtpd-mix/directory_file.c \
	smtpd-mix/directory_judge.c \
	smtpd-mix/directory_net.c \
	smtpd-mix/directory_policy.c \
	smtpd-mix/directory_publish.c \
	smtpd-mix/directory_roster.c \
	smtpd-mix/directory_servers.c \
	smtpd-mix/directory_store.c \
	smtpd-mix/due.c \
	smtpd-mix/exit_text.c \
	smtpd-mix/keyfile.c \
	smtpd-mix/keys.c \
	smtpd-mix/keys_cert.c \
	smtpd-mix/keys_clock.c \
	smtpd-mix/keys_ctl.c \
	smtpd-mix/keys_own.c \
	smtpd-mix/keys_prepared.c \
	smtpd-mix/keys_signed.c \
	smtpd-mix/keys_storage.c \
	smtpd-mix/keys_subkey.c \
	smtpd-mix/keys_tls.c \
	smtpd-mix/listen.c \
	smtpd-mix/lmtp_dial.c \
	smtpd-mix/log.c \
	smtpd-mix/maildir.c \
	smtpd-mix/maildir_root.c \
	smtpd-mix/parent.c \
	smtpd-mix/parse.c \
	smtpd-mix/parts_limits.c \
	smtpd-mix/places.c \
	smtpd-mix/pool.c \
	smtpd-mix/proc.c \
	smtpd-mix/queue.c \
	smtpd-mix/queue_commit.c \
	smtpd-mix/queue_days.c \
	smtpd-mix/queue_free.c \
	smtpd-mix/queue_list.c \
	smtpd-mix/queue_parts.c \
	smtpd-mix/queue_recover.c \
	smtpd-mix/queue_replay.c \
	smtpd-mix/queue_send.c \
	smtpd-mix/queue_set.c \
	smtpd-mix/recipients.c \
	smtpd-mix/relay.c \
	smtpd-mix/relay_ask.c \
	smtpd-mix/relay_conn.c \
	smtpd-mix/relay_dest.c \
	smtpd-mix/relay_dial.c \
	smtpd-mix/relay_mail.c \
	smtpd-mix/relay_plan.c \
	smtpd-mix/relay_shun.c \
	smtpd-mix/relay_text.c \
	smtpd-mix/relay_trust.c \
	smtpd-mix/resolver.c \
	smtpd-mix/resolver_event.c \
	smtpd-mix/resolver_host.c \
	smtpd-mix/resolver_lookup.c \
	smtpd-mix/resolver_query.c \
	smtpd-mix/retry.c \
	smtpd-mix/role_conf.c \
	smtpd-mix/route.c \
	smtpd-mix/sandbox_identity.c \
	smtpd-mix/sandbox_selftest.c \
	smtpd-mix/seal.c \
	smtpd-mix/sealed.c \
	smtpd-mix/smtp.c \
	smtpd-mix/smtp_credits.c \
	smtpd-mix/smtp_mail.c \
	smtpd-mix/smtp_peer.c \
	smtpd-mix/smtp_report.c \
	smtpd-mix/smtp_session.c \
	smtpd-mix/smtpd-mix.c \
	smtpd-mix/stop.c \
	smtpd-mix/tls_io.c \
	smtpd-mix/tls_remote.c

MIXCTL_SRCS= \
	mixctl/client.c \
	mixctl/directory.c \
	mixctl/directory_json.c \
	mixctl/keyio.c \
	mixctl/mixctl.c \
	mixctl/offline.c \
	mixctl/out.c \
	mixctl/peel.c \
	mixctl/peel_key.c \
	mixctl/peel_parts.c \
	mixctl/peel_state.c \
	mixctl/queue.c \
	mixctl/rank.c \
	mixctl/readall.c \
	mixctl/revoke.c \
	mixctl/sign.c \
	mixctl/spool.c \
	mixctl/status.c \
	mixctl/status_detail.c \
	mixctl/status_json.c \
	mixctl/status_relay.c \
	mixctl/status_text.c

MIXMAIL_SRCS= \
	mixmail/bag.c \
	mixmail/cache.c \
	mixmail/certs.c \
	mixmail/later.c \
	mixmail/letter.c \
	mixmail/mixmail.c \
	mixmail/mixmail_conf.c \
	mixmail/options.c \
	mixmail/outbox.c \
	mixmail/outgoing.c \
	mixmail/places.c \
	mixmail/prepare.c \
	mixmail/roster_state.c \
	mixmail/say.c \
	mixmail/scrub.c \
	mixmail/send.c \
	mixmail/sources.c \
	mixmail/submit.c \
	mixmail/update.c \
	mixmail/wire.c \
	smtpd-mix/conf_lex.c \
	smtpd-mix/conf_names.c \
	smtpd-mix/conf_scalar.c

# Tests of lib/, and tests in C that use the programs' own sources.
TESTS_C= \
	regress/lib/compat/imsg_test.c \
	regress/lib/compat/rng_system_test.c \
	regress/lib/dns/anchor_test.c \
	regress/lib/dns/answer_test.c \
	regress/lib/dns/order_test.c \
	regress/lib/dns/rdata_test.c \
	regress/lib/hkp/index_test.c \
	regress/lib/hkp/server_test.c \
	regress/lib/hkp/strip_test.c \
	regress/lib/hkp/survey_test.c \
	regress/lib/ipc/proto_test.c \
	regress/lib/mail/address_test.c \
	regress/lib/mail/dsn_test.c \
	regress/lib/mail/header_test.c \
	regress/lib/mail/lines_test.c \
	regress/lib/mail/netaddr_test.c \
	regress/lib/mail/sts_test.c \
	regress/lib/mixing/clock_test.c \
	regress/lib/mixing/dummy_test.c \
	regress/lib/mixing/loss_test.c \
	regress/lib/mixing/moments_test.c \
	regress/lib/mixing/pool_test.c \
	regress/lib/mixing/replayset_test.c \
	regress/lib/mixing/rng_test.c \
	regress/lib/mixing/siphash_test.c \
	regress/lib/mixtasy/inner_test.c \
	regress/lib/mixtasy/message_test.c \
	regress/lib/mixtasy/parts_cut_test.c \
	regress/lib/mixtasy/parts_test.c \
	regress/lib/mixtasy/path_rank_test.c \
	regress/lib/mixtasy/path_test.c \
	regress/lib/mixtasy/peel_test.c \
	regress/lib/mixtasy/roster_claims_test.c \
	regress/lib/mixtasy/roster_test.c \
	regress/lib/mixtasy/roster_trust_test.c \
	regress/lib/mixtasy/seal_test.c \
	regress/lib/mixtasy/vectors_test.c \
	regress/lib/openpgp/armor_test.c \
	regress/lib/openpgp/cert_bounds_test.c \
	regress/lib/openpgp/cert_claims_test.c \
	regress/lib/openpgp/cert_test.c \
	regress/lib/openpgp/certification_test.c \
	regress/lib/openpgp/key_test.c \
	regress/lib/openpgp/packet_test.c \
	regress/lib/openpgp/request_test.c \
	regress/lib/openpgp/session_test.c \
	regress/lib/smtp/client_test.c \
	regress/lib/smtp/dane_test.c \
	regress/lib/smtp/reply_test.c \
	regress/lib/smtp/server_command_test.c \
	regress/lib/smtp/server_test.c \
	regress/lib/spool/checksum_test.c \
	regress/lib/spool/check_test.c \
	regress/lib/spool/crash_test.c \
	regress/lib/spool/disk_posix_test.c \
	regress/lib/spool/format_test.c \
	regress/lib/spool/free_map_test.c \
	regress/lib/spool/recovery_test.c \
	regress/lib/spool/replaylog_test.c \
	regress/lib/spool/slot_test.c \
	regress/lib/spool/spool_test.c \
	regress/lib/spool/trim_test.c \
	regress/lib/stats_test.c

PROG_TESTS_C= \
	regress/mixctl/peel_vectors_test.c \
	regress/mixctl/status_test.c \
	regress/smtpd-mix/channel_test.c \
	regress/smtpd-mix/conf_auth_test.c \
	regress/smtpd-mix/conf_send_test.c \
	regress/smtpd-mix/conf_test.c \
	regress/smtpd-mix/control_test.c \
	regress/smtpd-mix/deliver_lmtp_test.c \
	regress/smtpd-mix/deliver_test.c \
	regress/smtpd-mix/directory_net_test.c \
	regress/smtpd-mix/directory_role_test.c \
	regress/smtpd-mix/directory_store_test.c \
	regress/smtpd-mix/due_test.c \
	regress/smtpd-mix/keyfile_test.c \
	regress/smtpd-mix/keys_cert_test.c \
	regress/smtpd-mix/keys_storage_test.c \
	regress/smtpd-mix/keys_subkey_test.c \
	regress/smtpd-mix/keys_tls_test.c \
	regress/smtpd-mix/listen_test.c \
	regress/smtpd-mix/lmtp_dial_test.c \
	regress/smtpd-mix/maildir_root_test.c \
	regress/smtpd-mix/maildir_test.c \
	regress/smtpd-mix/places_test.c \
	regress/smtpd-mix/pool_test.c \
	regress/smtpd-mix/proc_test.c \
	regress/smtpd-mix/queue_days_test.c \
	regress/smtpd-mix/queue_displace_test.c \
	regress/smtpd-mix/queue_list_test.c \
	regress/smtpd-mix/queue_parts_test.c \
	regress/smtpd-mix/queue_replay_test.c \
	regress/smtpd-mix/queue_test.c \
	regress/smtpd-mix/relay_fair_test.c \
	regress/smtpd-mix/relay_hang_test.c \
	regress/smtpd-mix/relay_mx_test.c \
	regress/smtpd-mix/relay_plan_test.c \
	regress/smtpd-mix/relay_shun_test.c \
	regress/smtpd-mix/recipients_test.c \
	regress/smtpd-mix/relay_test.c \
	regress/smtpd-mix/resolver_test.c \
	regress/smtpd-mix/resolver_tlsa_test.c \
	regress/smtpd-mix/retry_test.c \
	regress/smtpd-mix/role_conf_test.c \
	regress/smtpd-mix/route_test.c \
	regress/smtpd-mix/sandbox_test.c \
	regress/smtpd-mix/sealed_test.c \
	regress/smtpd-mix/smtp_session_test.c \
	regress/smtpd-mix/tls_io_test.c

# Tests of the programs; each is built to a program without the suffix.
TESTS_SH= \
	regress/install_test.sh \
	regress/lib/fetch/fetch_test.sh \
	regress/lib/mixtasy/gnupg_hops_test.sh \
	regress/lib/openpgp/certification_gpg_test.sh \
	regress/lib/openpgp/interop_test.sh \
	regress/manuals_test.sh \
	regress/mixctl/mixctl_test.sh \
	regress/mixctl/peel_test.sh \
	regress/mixctl/spool_test.sh \
	regress/mixmail/mixmail_test.sh \
	regress/mixmail/mutt_test.sh \
	regress/mixmail/parts_test.sh \
	regress/mixmail/roster_test.sh \
	regress/mixmail/scrub_test.sh \
	regress/mixmail/spread_test.sh \
	regress/mixmail/update_test.sh \
	regress/smtpd-mix/clock_test.sh \
	regress/smtpd-mix/dane_test.sh \
	regress/smtpd-mix/dovecot_test.sh \
	regress/smtpd-mix/directory_test.sh \
	regress/smtpd-mix/edge_test.sh \
	regress/smtpd-mix/fault_test.sh \
	regress/smtpd-mix/exit_test.sh \
	regress/smtpd-mix/flood_test.sh \
	regress/smtpd-mix/kill_test.sh \
	regress/smtpd-mix/likeness_test.sh \
	regress/smtpd-mix/link_test.sh \
	regress/smtpd-mix/mta_sts_test.sh \
	regress/smtpd-mix/network_test.sh \
	regress/smtpd-mix/offline_test.sh \
	regress/smtpd-mix/opensmtpd_test.sh \
	regress/smtpd-mix/operate_test.sh \
	regress/smtpd-mix/parts_test.sh \
	regress/smtpd-mix/postfix_test.sh \
	regress/smtpd-mix/resolver_dns_test.sh \
	regress/smtpd-mix/replay_test.sh \
	regress/smtpd-mix/roles_test.sh \
	regress/smtpd-mix/service_test.sh \
	regress/smtpd-mix/smarthost_test.sh \
	regress/smtpd-mix/smtp_test.sh \
	regress/smtpd-mix/stop_test.sh \
	regress/smtpd-mix/tenmixes_test.sh \
	regress/valgrind_test.sh

# What tests run besides the programs.
TEST_TOOLS= \
	regress/lib/fetch/fetchtool.c \
	regress/lib/http_serve.c \
	regress/lib/mixtasy/sealtool.c \
	regress/lib/openpgp/pgptool.c \
	regress/lib/smtp_sink.c \
	regress/lib/smtp_talk.c \
	regress/smtpd-mix/again.c \
	regress/smtpd-mix/arrivals.c \
	regress/smtpd-mix/bad_dns.c \
	regress/smtpd-mix/flood.c \
	regress/smtpd-mix/likeness.c \
	regress/smtpd-mix/load.c \
	regress/smtpd-mix/lookup.c

# What tests share.
TESTUTIL_SRCS= \
	regress/lib/certify.c \
	regress/lib/dns/message.c \
	regress/lib/layers.c \
	regress/lib/spool/fixture.c \
	regress/lib/spool/simdisk.c \
	regress/lib/spool/simfile.c \
	regress/lib/spool/world.c \
	regress/lib/stats.c \
	regress/lib/testutil.c \
	regress/lib/vectors.c

FUZZERS= \
	regress/fuzz/armor_fuzz.c \
	regress/fuzz/cert_fuzz.c \
	regress/fuzz/certification_fuzz.c \
	regress/fuzz/hkp_fuzz.c \
	regress/fuzz/dns_anchor_fuzz.c \
	regress/fuzz/dns_answer_fuzz.c \
	regress/fuzz/dsn_fuzz.c \
	regress/fuzz/mail_address_fuzz.c \
	regress/fuzz/mail_header_fuzz.c \
	regress/fuzz/mix_inner_fuzz.c \
	regress/fuzz/mix_outer_fuzz.c \
	regress/fuzz/mix_peel_fuzz.c \
	regress/fuzz/packet_fuzz.c \
	regress/fuzz/pkesk_fuzz.c \
	regress/fuzz/replaylog_fuzz.c \
	regress/fuzz/request_fuzz.c \
	regress/fuzz/roster_fuzz.c \
	regress/fuzz/smtp_client_fuzz.c \
	regress/fuzz/smtp_server_fuzz.c \
	regress/fuzz/spool_fuzz.c \
	regress/fuzz/sts_fuzz.c

# Fuzzers of smtpd-mix's own sources.
PROG_FUZZERS= \
	regress/fuzz/conf_fuzz.c

BENCHES= \
	bench/commit_bench.c \
	bench/held_bench.c \
	bench/hop_load.c \
	bench/layer_bench.c

# What measurements share.
BENCHUTIL_SRCS= \
	bench/hop_client.c \
	bench/hop_sink.c \
	bench/line_io.c \
	bench/proctree.c

MANS= \
	lib/mixtasy/mixtasy.7 \
	mixctl/mixctl.8 \
	mixmail/mixmail.1 \
	smtpd-mix/smtpd-mix.8 \
	smtpd-mix/smtpd-mix.conf.5

#
# Flags.  SANITIZE is empty or 1; fuzz is for the target of that name.
#
CPPFLAGS=	-I. -Ilib -Ismtpd-mix -Iregress $(SYS_CPPFLAGS)
WARNINGS=	-Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes \
		-Wstrict-prototypes -Wpointer-arith -Wcast-qual \
		-Wwrite-strings -Wundef -Wvla -Wformat=2 -Werror
# What yacc writes is not ours to clean.
YACC_WARNINGS=	-Wno-conversion -Wno-shadow -Wno-undef -Wno-cast-qual \
		-Wno-missing-prototypes -Wno-sign-compare \
		-Wno-unused-function
OPT_=		-O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
OPT_fuzz=	-O1 -g -fsanitize=address,undefined,fuzzer-no-link \
		-fno-sanitize-recover=all
OPT_1=		-O1 -g -fsanitize=address,undefined \
		-fno-sanitize-recover=all -fno-omit-frame-pointer
ALL_CFLAGS=	-std=c11 $(CPPFLAGS) $(OPT_$(SANITIZE)) $(HARDENING) \
		$(WARNINGS) $(USER_CFLAGS)
ALL_LDFLAGS=	$(HARDENING_LD) $(SYS_LDFLAGS)

LIBMIX=		lib/libmix.a
LIBMIX_LIBS=	$(CRYPTO_LIBS) $(BSD_LIBS) -lm
SMTPD_MIX_LIBS=	$(DNS_LIBS) $(CURL_LIBS) $(TLS_LIBS) $(EVENT_LIBS) \
		$(JSON_LIBS) $(SANDBOX_LIBS) $(LIBMIX_LIBS)
CTL_LIBS=	$(TLS_LIBS) $(EVENT_LIBS) $(JSON_LIBS) $(LIBMIX_LIBS)
MAIL_LIBS=	$(CURL_LIBS) $(CTL_LIBS)
TEST_LIBS=	-latf-c $(SMTPD_MIX_LIBS)

PROGRAMS=	smtpd-mix/smtpd-mix mixctl/mixctl mixmail/mixmail
PROG_ARCHIVES=	smtpd-mix/libsmtpd-mix.a mixctl/libmixctl.a \
		mixmail/libmixmail.a
TESTUTIL=	$(TESTUTIL_SRCS:.c=.o)
BENCHUTIL=	$(BENCHUTIL_SRCS:.c=.o)

LIB_OBJS=	$(LIB_SRCS:.c=.o)
SMTPD_MIX_OBJS=	$(SMTPD_MIX_SRCS:.c=.o)
MIXCTL_OBJS=	$(MIXCTL_SRCS:.c=.o)
MIXMAIL_OBJS=	$(MIXMAIL_SRCS:.c=.o)
OBJS=		$(LIB_OBJS) $(SMTPD_MIX_OBJS) $(MIXCTL_OBJS) \
		$(MIXMAIL_OBJS) $(TESTUTIL) $(BENCHUTIL) \
		regress/fuzz/main.o
TEST_PROGS=	$(TESTS_C:.c=) $(PROG_TESTS_C:.c=) $(TESTS_SH:.sh=) \
		$(TEST_TOOLS:.c=)
FUZZ_PROGS=	$(FUZZERS:.c=) $(PROG_FUZZERS:.c=)
BENCH_PROGS=	$(BENCHES:.c=)

# Written while this file is read, when it differs: what was built with other
# flags goes.
FLAGS_STAMP!=	flags=`printf '%s ' $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)`; \
		if ! echo "$$flags" | cmp -s - .flags; then \
			find lib smtpd-mix mixctl mixmail regress bench \
			    -name '*.[ao]' -exec rm -f {} + 2>/dev/null; \
			echo "$$flags" >.flags; \
		fi

.SUFFIXES:
.SUFFIXES: .c .o .y .sh

#
# Targets.
#
all: configured
	@$(MAKE) programs

programs: $(PROGRAMS)

# config.mk is read before anything runs: who needs it calls make again.
configured:
	@if test ! -f config.mk; then \
		./configure; \
	elif test -n "`find configure -newer config.mk`"; then \
		./configure $(CONFIGURE_ARGS); \
	fi

deps:
	@sh etc/install-deps.sh

deps-build:
	@sh etc/install-deps.sh build

check: deps
	@$(MAKE) configured
	@$(MAKE) check-built

check-built: programs tests
	@MANS='$(MANS)' sh regress/check.sh

valgrind: deps
	@$(MAKE) configured
	@$(MAKE) valgrind-built

valgrind-built: programs tests
	@sh regress/check.sh regress/valgrind_test

tests: $(TEST_PROGS) $(FUZZ_PROGS) Kyuafile

demo: deps-build
	@$(MAKE) all
	@MAIL='$(MAIL)' sh regress/demo/demo.sh

bench: deps
	@$(MAKE) configured
	@$(MAKE) bench-built

bench-built: programs $(BENCH_PROGS)
	@sh bench/bench.sh

lint:
	@sh regress/lint.sh $(MANS)

#
# Programs and libraries.
#
$(LIBMIX): $(LIB_OBJS)
	@rm -f $@
	@echo '$(AR) -rc $@'
	@$(AR) -rc $@ $(LIB_OBJS)

smtpd-mix/libsmtpd-mix.a: $(SMTPD_MIX_OBJS)
	@rm -f $@
	@echo '$(AR) -rc $@'
	@$(AR) -rc $@ $(SMTPD_MIX_OBJS)

mixctl/libmixctl.a: $(MIXCTL_OBJS)
	@rm -f $@
	@echo '$(AR) -rc $@'
	@$(AR) -rc $@ $(MIXCTL_OBJS)

mixmail/libmixmail.a: $(MIXMAIL_OBJS)
	@rm -f $@
	@echo '$(AR) -rc $@'
	@$(AR) -rc $@ $(MIXMAIL_OBJS)

smtpd-mix/smtpd-mix: $(SMTPD_MIX_OBJS) $(LIBMIX)
	@echo '$(CC) -o $@'
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(SMTPD_MIX_OBJS) \
	    $(LIBMIX) $(SMTPD_MIX_LIBS)

mixctl/mixctl: $(MIXCTL_OBJS) $(LIBMIX)
	@echo '$(CC) -o $@'
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(MIXCTL_OBJS) \
	    $(LIBMIX) $(CTL_LIBS)

mixmail/mixmail: $(MIXMAIL_OBJS) $(LIBMIX)
	@echo '$(CC) -o $@'
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(MIXMAIL_OBJS) \
	    $(LIBMIX) $(MAIL_LIBS)

$(OBJS) $(TEST_PROGS) $(FUZZ_PROGS) $(BENCH_PROGS): .flags

.flags:
	@:

# An object depends on the headers that it included when it was last built;
# the compiler writes them down, depend.mk collects them.
.c.o:
	@echo '$(CC) -c $<'
	@$(CC) $(ALL_CFLAGS) -MMD -MP -MT $@ -MF $@.d -c -o $@ $<
	@cat $@.d >>depend.mk

.y.c:
	$(YACC) -o $@ $<

smtpd-mix/parse.o: smtpd-mix/parse.c
	@echo '$(CC) -c smtpd-mix/parse.c'
	@$(CC) $(ALL_CFLAGS) $(YACC_WARNINGS) -MMD -MP -MT $@ -MF $@.d \
	    -c -o $@ smtpd-mix/parse.c
	@cat $@.d >>depend.mk

-include depend.mk

#
# Tests, fuzzers, measurements: one C file each.
#
$(TESTS_C:.c=): $(TESTUTIL) $(LIBMIX)
$(TEST_TOOLS:.c=): $(TESTUTIL) $(LIBMIX) $(PROG_ARCHIVES)
$(PROG_TESTS_C:.c=): $(TESTUTIL) $(LIBMIX) $(PROG_ARCHIVES)
$(FUZZERS:.c=): regress/fuzz/main.o $(TESTUTIL) $(LIBMIX)
$(PROG_FUZZERS:.c=): regress/fuzz/main.o $(TESTUTIL) $(LIBMIX) \
		$(PROG_ARCHIVES)
$(BENCHES:.c=): $(TESTUTIL) $(BENCHUTIL) $(LIBMIX)

.c:
	@echo '$(CC) -o $@ $<'
	@more='$(TESTUTIL)'; \
	case $@ in \
	bench/*)	more="$(BENCHUTIL) $$more"; libs='-pthread' ;; \
	regress/fuzz/*)	more="regress/fuzz/main.o $$more"; \
	    case ' $(PROG_FUZZERS:.c=) ' in \
	    *" $@ "*) more="$$more $(PROG_ARCHIVES)" ;; \
	    esac ;; \
	regress/lib/*)	libs='-latf-c' ;; \
	regress/*)	more="$$more $(PROG_ARCHIVES)"; libs='-latf-c' ;; \
	esac; \
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -MT $@ -MF $@.d \
	    -o $@ $< $$more $(LIBMIX) $$libs $(SMTPD_MIX_LIBS)
	@cat $@.d >>depend.mk

.sh:
	@echo 'atf-sh $@'
	@{ echo '#! $(ATF_SH)'; sed 1d $<; } >$@.tmp && \
	    chmod +x $@.tmp && mv $@.tmp $@

Kyuafile: Makefile regress/kyuafile.sh
	@sh regress/kyuafile.sh '$(TESTS_C:.c=) $(PROG_TESTS_C:.c=)' \
	    '$(TESTS_SH:.sh=)' '$(FUZZ_PROGS)'

# Builds everything anew, as every change of flags does.
fuzz: configured
	@$(MAKE) CC=clang SANITIZE=fuzz FUZZER=$(FUZZER) fuzz-built

fuzz-built: $(TESTUTIL) $(LIBMIX) $(PROG_ARCHIVES)
	@echo '$(CC) -o regress/fuzz/$(FUZZER)_libfuzzer'
	@$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer \
	    -o regress/fuzz/$(FUZZER)_libfuzzer \
	    regress/fuzz/$(FUZZER)_fuzz.c $(TESTUTIL) \
	    $(PROG_ARCHIVES) $(LIBMIX) $(SMTPD_MIX_LIBS)

#
# Installation.
#
install: all
	@PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' MANDIR='$(MANDIR)' \
	    SYSTEM='$(SYSTEM)' MANS='$(MANS)' DESTDIR='$(DESTDIR)' \
	    sh etc/install.sh

clean:
	rm -f $(PROGRAMS) $(PROG_ARCHIVES) $(LIBMIX) $(OBJS) \
	    $(TEST_PROGS) $(FUZZ_PROGS) $(BENCH_PROGS) \
	    smtpd-mix/parse.c Kyuafile depend.mk .flags
	find lib smtpd-mix mixctl mixmail regress bench \
	    \( -name '*.o' -o -name '*.d' -o -name Kyuafile -o \
	    -name '*_libfuzzer' \) -type f \
	    -exec rm -f {} +

distclean: clean
	rm -rf config.mk config.h config.log results.db results-again.db
