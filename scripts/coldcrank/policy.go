package main

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/coldcrank/coldcrank/scripts/internal/target"
)

// accountPlaceholder is what --account takes in the place of an id, for a
// policy that a template completes.
const accountPlaceholder = "ACCOUNT_ID"

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

func newPolicy() *cobra.Command {
	f := new(runFlags)
	var account string
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Which permissions does a run need?",
		Long: `policy prints the least IAM policy by which somebody can run on these targets and
restore them, as JSON: what each action needs, on these functions, log groups and
routes and nothing else.

Without --outputs and --stack it reads cdk-outputs.json. The account is asked for
with the credentials at hand; with --account nothing is asked, and no network is
needed. A policy for --stack also allows to find the stack.`,
		Example: `  coldcrank policy --outputs cdk-outputs.json --account 111122223333
  coldcrank policy --stack Shop --target Orders
  coldcrank policy --account ACCOUNT_ID          # to fill in later`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.policy(cmd, account)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.outputs, "outputs", nil, "outputs `file` of cdk deploy; repeatable (default: cdk-outputs.json)")
	flags.StringArrayVar(&f.stacks, "stack", nil, "deployed stack of this `name`, by CloudFormation instead of an outputs file; repeatable")
	flags.StringArrayVar(&f.targets, "target", nil, "only the target of this `name`, Stack/Name or Name; repeatable")
	flags.BoolVar(&f.invoke, "invoke", false, "for run --invoke, whose requests do not go through the API")
	flags.StringVar(&account, "account", "", "`id` of the account, or "+accountPlaceholder+" (default: that of the credentials)")
	flags.StringVar(&f.profile, "profile", "", "AWS `profile` (default: as the AWS CLI finds credentials)")
	flags.StringVar(&f.region, "region", "", "AWS `Region` (default: that of the outputs, or as the AWS CLI finds it)")
	return cmd
}

func (f *runFlags) policy(cmd *cobra.Command, account string) error {
	switch {
	case f.outputs != nil && f.stacks != nil:
		return usagef("--outputs and --stack are two ways to find what is deployed: use one")
	case account != "" && account != accountPlaceholder && !accountID.MatchString(account):
		return usagef("--account %q: twelve digits, or %s", account, accountPlaceholder)
	case !f.deployed():
		f.outputs = []string{"cdk-outputs.json"}
	}
	if err := f.twice(); err != nil {
		return err
	}
	talk := cmd.ErrOrStderr()
	warn := func(warnings []string) {
		for _, w := range warnings {
			fmt.Fprintf(talk, "coldcrank: warning: %s\n", printable(w))
		}
	}
	where := target.Where{Files: f.outputs, Stacks: f.stacks, Profile: f.profile, Region: f.region, Direct: f.invoke}
	found, warnings, err := where.Find(cmd.Context(), f.targets)
	warn(warnings)
	if err != nil {
		return err
	}
	for _, t := range found {
		if t.Executor != nil {
			return usagef("%s is on executor %q, which asks for no permissions: name the outputs file of cdk deploy", t, t.Executor.Name)
		}
	}
	if account == "" {
		if account, err = found[0].AccountID(cmd.Context()); err != nil {
			return usagef("no credentials that tell the account, and no --account: %v", err)
		}
	}
	policy, warnings := target.NewPolicy(found, account, f.stacks)
	warn(warnings)
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(policy)
}
