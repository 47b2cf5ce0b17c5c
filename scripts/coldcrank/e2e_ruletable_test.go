package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/coldcrank/coldcrank/lambda/local"
)

var rules = []rule{
	{
		says: "A change of the function with a RevisionId that is not the latest is refused", source: lambdaAPI + "UpdateFunctionConfiguration.html",
		want: "PreconditionFailedException", try: func(s *service) string { return code(s.describe("stale", aws.String("0"))) },
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "The RevisionId that a change answers with is not valid once the change is complete", source: "https://github.com/aws/aws-sdk/issues/377",
		want: "another", try: func(s *service) string {
			out, err := s.lambda.UpdateFunctionConfiguration(s.ctx(), &lambda.UpdateFunctionConfigurationInput{FunctionName: s.function, Description: aws.String("twice")})
			s.must(err)
			if aws.ToString(s.settled().RevisionId) == aws.ToString(out.RevisionId) {
				return "the same"
			}
			return "another"
		},
		deviates: map[string]string{miniStack: "the same", moto: "the same"},
	},
	{
		says: "A change is under way for a time, and shows it", source: lambdaDG + "functions-states.html",
		want: "InProgress", try: func(s *service) string {
			out, err := s.lambda.UpdateFunctionConfiguration(s.ctx(), &lambda.UpdateFunctionConfigurationInput{FunctionName: s.function, Description: aws.String("state")})
			s.must(err)
			s.settled()
			return string(out.LastUpdateStatus)
		},
		deviates: map[string]string{moto: "Successful"},
	},
	{
		says: "While a change is under way another is refused", source: lambdaDG + "functions-states.html",
		want: "ResourceConflictException", try: func(s *service) string {
			s.must(s.describe("one", nil))
			err := s.describe("two", nil)
			s.settled()
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "A version is published of the RevisionId that is named, or not at all", source: lambdaAPI + "PublishVersion.html",
		want: "PreconditionFailedException", try: func(s *service) string {
			_, err := s.publish(&lambda.PublishVersionInput{RevisionId: aws.String("0")})
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "A version is published of the code that is named, or not at all", source: lambdaAPI + "PublishVersion.html",
		want: "InvalidParameterValueException", try: func(s *service) string {
			_, err := s.publish(&lambda.PublishVersionInput{CodeSha256: aws.String("bm90IHRoaXM=")})
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "Nothing has changed since the last version: that one is the answer", source: lambdaAPI + "PublishVersion.html",
		want: "the same version", try: func(s *service) string {
			s.must(s.describe("once", nil))
			s.settled()
			one, err := s.publish(&lambda.PublishVersionInput{})
			s.must(err)
			two, err := s.publish(&lambda.PublishVersionInput{})
			s.must(err)
			if *one.Version != *two.Version {
				return "a new version"
			}
			return "the same version"
		},
	},
	{
		says: "Another description is a change, of which a new version is made", source: lambdaDG + "configuration-versions.html",
		want: "a new version", try: func(s *service) string {
			one, _ := s.newVersion(), s.settled()
			if s.newVersion() == one {
				return "the same version"
			}
			return "a new version"
		},
	},
	{
		says: "A version can be invoked when its State is Active", source: lambdaDG + "functions-states.html",
		want: "Active", try: func(s *service) string {
			version := s.newVersion()
			out, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
			s.must(err)
			return string(out.State)
		},
	},
	{
		says: "A new version is Pending for a time, and cannot be invoked", source: lambdaDG + "functions-states.html",
		want: "Pending, ResourceConflictException, then Active", lag: local.Lag{Versions: time.Second}, try: func(s *service) string {
			version := s.newVersion()
			state := func() string {
				out, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
				s.must(err)
				return string(out.State)
			}
			first := state()
			if first != "Pending" {
				return first + " at once"
			}
			_, err := s.lambda.Invoke(s.ctx(), &lambda.InvokeInput{FunctionName: s.function, Qualifier: &version})
			for state() == "Pending" {
				time.Sleep(time.Millisecond)
			}
			return first + ", " + code(err) + ", then " + state()
		},
		deviates: map[string]string{miniStack: "Active at once", moto: "Active at once"},
	},
	{
		says: "A change of the alias with a RevisionId that is not the latest is refused", source: lambdaAPI + "UpdateAlias.html",
		want: "PreconditionFailedException", try: func(s *service) string {
			_, err := s.lambda.UpdateAlias(s.ctx(), &lambda.UpdateAliasInput{FunctionName: s.function, Name: s.alias, Description: aws.String("stale"), RevisionId: aws.String("0")})
			return code(err)
		},
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "An alias leads to no version that is not there", source: lambdaAPI + "UpdateAlias.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.lambda.UpdateAlias(s.ctx(), &lambda.UpdateAliasInput{FunctionName: s.function, Name: s.alias, FunctionVersion: aws.String("9999")})
			s.lead(s.first())
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok"},
	},
	{
		says: "A version that an alias leads to cannot be deleted", source: lambdaAPI + "DeleteFunction.html",
		want: "ResourceConflictException", try: func(s *service) string {
			version := s.newVersion()
			s.lead(version)
			err := s.remove(version)
			s.lead(s.first())
			return code(err)
		},
		deviates: map[string]string{moto: "ok"},
	},
	{
		says: "A version that no alias leads to can be deleted, and is gone", source: lambdaAPI + "DeleteFunction.html",
		want: "ok, then ResourceNotFoundException", try: func(s *service) string {
			version := s.newVersion()
			err := s.remove(version)
			_, after := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function, Qualifier: &version})
			return code(err) + ", then " + code(after)
		},
	},
	{
		says: "Versions are listed in pages, $LATEST among them, each once", source: lambdaAPI + "ListVersionsByFunction.html",
		want: "each once, several pages", try: func(s *service) string {
			s.newVersion()
			var seen []string
			pages := 0
			in := &lambda.ListVersionsByFunctionInput{FunctionName: s.function, MaxItems: aws.Int32(1)}
			for {
				out, err := s.lambda.ListVersionsByFunction(s.ctx(), in)
				s.must(err)
				pages++
				for _, v := range out.Versions {
					seen = append(seen, aws.ToString(v.Version))
				}
				if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" || pages > 50 {
					break
				}
			}
			once := slices.Compact(slices.Sorted(slices.Values(seen)))
			switch {
			case len(once) != len(seen) || !slices.Contains(seen, "$LATEST"):
				return fmt.Sprint("not each once: ", len(once), " of ", len(seen))
			case pages < 2:
				return "each once, one page"
			}
			return "each once, several pages"
		},
		deviates: map[string]string{moto: "each once, one page"},
	},
	{
		says: "A function that is not there is not found", source: lambdaAPI + "GetFunctionConfiguration.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("nobody")})
			return code(err)
		},
	},
	{
		says: "An alias without provisioned concurrency says so by an error of its own", source: lambdaAPI + "GetProvisionedConcurrencyConfig.html",
		want: "ProvisionedConcurrencyConfigNotFoundException", try: func(s *service) string {
			_, err := s.lambda.GetProvisionedConcurrencyConfig(s.ctx(), &lambda.GetProvisionedConcurrencyConfigInput{FunctionName: s.function, Qualifier: s.alias})
			return code(err)
		},
		deviates: map[string]string{moto: unreadable},
	},
	{
		says: "A log group that is not there is not found", source: logsAPI + "FilterLogEvents.html",
		want: "ResourceNotFoundException", try: func(s *service) string {
			_, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/nobody")})
			return code(err)
		},
	},
	{
		says: "Events are answered in pages, by tokens, each once", source: logsAPI + "FilterLogEvents.html",
		want: "8 events, each once, several pages", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{Limit: aws.Int32(3)})
		},
		deviates: map[string]string{miniStack: "3 events, each once"},
	},
	{
		says: "A prefix chooses the streams", source: logsAPI + "FilterLogEvents.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{LogStreamNamePrefix: aws.String("1999/")})
		},
		deviates: map[string]string{miniStack: "8 events, each once", moto: "8 events, each once"},
	},
	{
		says: "A pattern of terms with ? finds what has one of them", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "8 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`?"platform.start" ?"platform.report"`)})
		},
		deviates: map[string]string{miniStack: "0 events, each once"},
	},
	{
		says: "A pattern of a member of JSON, with a wildcard, finds the lines that have it", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "8 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`{ $.type = "platform.*" }`)})
		},
	},
	{
		says: "A pattern finds nothing where there is nothing", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{FilterPattern: aws.String(`{ $.type = "nothing.*" }`)})
		},
		deviates: map[string]string{miniStack: "8 events, each once", moto: "8 events, each once"},
	},
	{
		says: "A time window holds its ends, and nothing outside", source: logsAPI + "FilterLogEvents.html",
		want: "0 events, each once", try: func(s *service) string {
			return s.read(&cloudwatchlogs.FilterLogEventsInput{StartTime: aws.Int64(0), EndTime: aws.Int64(s.started.Add(-time.Hour).UnixMilli())})
		},
	},
	{
		says: "While an alias moves it shows weights of its own, for both versions", source: "https://github.com/hashicorp/terraform-provider-aws/pull/48116",
		want: "weights, then none", lag: local.Lag{AliasWeights: 50 * time.Millisecond}, try: func(s *service) string {
			s.lead(s.newVersion())
			defer s.lead(s.first())
			if !s.weighted() {
				return "no weights"
			}
			for s.weighted() {
				time.Sleep(time.Millisecond)
			}
			return "weights, then none"
		},
		deviates: map[string]string{miniStack: "no weights", moto: "no weights"},
	},
	{
		says: "An event is found some time after it was written", source: logsAPI + "FilterLogEvents.html",
		want: "later", lag: local.Lag{Logs: 100 * time.Millisecond}, try: func(s *service) string {
			time.Sleep(150 * time.Millisecond) // what was written before is found by now
			before := s.count()
			s.write()
			if s.count() > before {
				return "at once"
			}
			for s.count() == before {
				time.Sleep(time.Millisecond)
			}
			return "later"
		},
		deviates: map[string]string{miniStack: "at once", moto: "at once"},
	},
	{
		says: "A page may have no event, and a token for more", source: logsAPI + "FilterLogEvents.html",
		want: "an empty page, then events", lag: local.Lag{EmptyPages: true}, try: func(s *service) string {
			out, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group})
			s.must(err)
			if len(out.Events) > 0 || out.NextToken == nil {
				return "events"
			}
			out, err = s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group, NextToken: out.NextToken})
			s.must(err)
			if len(out.Events) == 0 {
				return "nothing but empty pages"
			}
			return "an empty page, then events"
		},
		deviates: map[string]string{miniStack: "events", moto: "events"},
	},
	{
		says: "FilterLogEvents is answered five times a second", source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
		want: "the sixth: ThrottlingException", lag: local.Lag{LogCalls: 5}, try: func(s *service) string {
			for n := 1; n <= 6; n++ {
				_, err := s.logs.FilterLogEvents(s.ctx(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &s.group})
				if err != nil {
					return map[int]string{6: "the sixth: "}[n] + code(err)
				}
			}
			return "ok"
		},
		deviates: map[string]string{miniStack: "ok", moto: "ok"},
	},
	{
		says: "$LATEST cannot be deleted", source: lambdaAPI + "DeleteFunction.html",
		want: "InvalidParameterValueException", try: func(s *service) string {
			err := s.remove("$LATEST")
			if _, gone := s.lambda.GetFunctionConfiguration(s.ctx(), &lambda.GetFunctionConfigurationInput{FunctionName: s.function}); gone != nil {
				return code(err) + ", and the whole function is gone"
			}
			return code(err)
		},
		deviates: map[string]string{miniStack: "ok, and the whole function is gone", moto: "ok, and the whole function is gone"},
	},
}
