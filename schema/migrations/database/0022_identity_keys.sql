CREATE TABLE `identity_key` (
	`issuer` text NOT NULL,
	`kid` text NOT NULL,
	`jwk` text NOT NULL,
	`gone_at` integer,
	PRIMARY KEY(`issuer`, `kid`)
);
--> statement-breakpoint
CREATE TABLE `identity_list` (
	`issuer` text PRIMARY KEY NOT NULL,
	`asked_at` integer DEFAULT 0 NOT NULL,
	`heard_at` integer DEFAULT 0 NOT NULL
);
